/** Where a text stops being JSON; lines and columns count from 1. */
export interface SyntaxPlace {
  readonly line: number;
  readonly column: number;
}

const token =
  /[\t\n\r ]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-]))|((?:true|false|null)(?!\w)))/y;

const space = /[\t\n\r ]*/y;

/** What may stand next. `key-or-end` and `value-or-end` follow an opening bracket, `next` follows a value. */
type Expectation = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'next';

interface State {
  readonly open: ('{' | '[')[];
  expects: Expectation;
}

const wantsValue = ({ expects }: State): boolean => expects === 'value' || expects === 'value-or-end';

function takeOpening(sign: '{' | '[', state: State): boolean {
  if (!wantsValue(state)) return false;
  state.open.push(sign);
  state.expects = sign === '{' ? 'key-or-end' : 'value-or-end';
  return true;
}

function takeColon(state: State): boolean {
  if (state.expects !== 'colon') return false;
  state.expects = 'value';
  return true;
}

function takeComma(state: State): boolean {
  const inside = state.open.at(-1);
  if (state.expects !== 'next' || inside === undefined) return false;
  state.expects = inside === '{' ? 'key' : 'value';
  return true;
}

function takeClosing(opening: '{' | '[', state: State): boolean {
  const mayEnd = state.expects === 'next' || state.expects === (opening === '{' ? 'key-or-end' : 'value-or-end');
  if (!mayEnd || state.open.at(-1) !== opening) return false;
  state.open.pop();
  state.expects = 'next';
  return true;
}

const takeSign: Readonly<Record<string, (state: State) => boolean>> = {
  '{': (state) => takeOpening('{', state),
  '[': (state) => takeOpening('[', state),
  '}': (state) => takeClosing('{', state),
  ']': (state) => takeClosing('[', state),
  ':': takeColon,
  ',': takeComma,
};

function takeScalar(isText: boolean, state: State): boolean {
  if (isText && (state.expects === 'key' || state.expects === 'key-or-end')) {
    state.expects = 'colon';
    return true;
  }
  if (!wantsValue(state)) return false;
  state.expects = 'next';
  return true;
}

/** The offset of the first character that cannot be part of a JSON text; its length when only the end is missing. */
function brokenOffset(text: string): number {
  const state: State = { open: [], expects: 'value' };
  token.lastIndex = 0;
  for (let offset = 0; ; offset = token.lastIndex) {
    token.lastIndex = offset;
    space.lastIndex = offset;
    const start = offset + (space.exec(text)?.[0].length ?? 0);
    const match = state.open.length === 0 && state.expects === 'next' ? null : token.exec(text);
    if (match === null) return start;
    const [, sign, quoted] = match;
    const isTaken = sign === undefined ? takeScalar(quoted !== undefined, state) : takeSign[sign]?.(state);
    if (isTaken !== true) return start;
  }
}

/**
 * Finds the place at which a text that `JSON.parse` refused breaks. Our own scan, because the engine's message gives the
 * place only sometimes and in words that change between versions.
 */
export function placeOfSyntaxError(text: string): SyntaxPlace {
  const before = text.slice(0, brokenOffset(text)).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
