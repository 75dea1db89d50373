import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { readLiteral, textOf, type Literal } from './python.literal';

type Dictionary = Record<string, Literal>;

/** One recorded request with its answer. */
export interface Exchange {
  readonly line: number;
  readonly method: string;
  readonly path: string;
  /** Form or query. */
  readonly params: Readonly<Record<string, string | number>>;
  readonly headers: Readonly<Record<string, string>>;
  /** As it was sent, when that was not a form. */
  readonly body?: string;
  readonly contentType?: string;
  readonly status: number;
  readonly reason: string;
  /** null: none was sent; undefined: not recorded. */
  readonly answerType?: string | null;
  readonly connection?: string;
  readonly answer: string;
}

/** The end of a task, as it was read after a request. */
export interface RecordedTask {
  readonly line: number;
  readonly type: string;
  readonly id: string;
  readonly exitstatus: string;
  log?: readonly string[];
}

/** What several calls showed of a VM. */
export interface View {
  readonly line: number;
  readonly kind: 'config' | 'resources' | 'list' | 'current';
  readonly value: Literal;
}

export type Entry =
  | { readonly kind: 'exchange'; readonly exchange: Exchange }
  | { readonly kind: 'task'; readonly task: RecordedTask }
  | { readonly kind: 'view'; readonly view: View };

const parents = (count: number): string => path.resolve(__dirname, ...Array.from({ length: count }, () => '..'));

/** Where recordings may lie: a folder named by DCM_SHARED, or beside the checkout. */
const places = [process.env['DCM_SHARED'], path.join(parents(4), 'shared'), path.join(parents(5), 'shared')];

/** A file of the reference, or nothing when it is not at hand. */
export function referenceFile(...name: readonly string[]): string | undefined {
  const files = places.flatMap((place) => (place === undefined ? [] : [path.join(place, 'reference', ...name)]));
  return files.find((file) => existsSync(file));
}

/**
 * A suite that compares with files of the reference. No clone has to have them: where one is missing, the suite says so and
 * nothing is read.
 */
export const describeWith =
  (what: string, files: readonly (string | undefined)[]) =>
  (title: string, body: () => void): void => {
    if (!files.includes(undefined)) {
      describe(title, body);
      return;
    }
    describe(title, () => {
      it(`is not compared, because ${what} are not there`, () => {
        process.stderr.write(`NOT COMPARED: ${what} are not there\n`);
      });
    });
  };

const isRecord = (value: Literal | undefined): value is Dictionary =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The long form names headers and bodies; the short one is the parameters alone. */
const isLongForm = (value: Dictionary): boolean => ['headers', 'params', 'body', 'js'].some((key) => key in value);

type Request = Pick<Exchange, 'params' | 'headers' | 'body' | 'contentType'>;

function requestOf(text: string): Request {
  const value = text.trim() === '' ? {} : readLiteral(text).value;
  if (!isRecord(value)) throw new Error(`no request: ${text}`);
  if (!isLongForm(value)) return { params: value as Request['params'], headers: {} };
  const params = (value['params'] ?? {}) as Request['params'];
  const headers = (value['headers'] ?? {}) as Request['headers'];
  if (value['js'] === true) return { params, headers, body: JSON.stringify(params), contentType: 'application/json' };
  const { body, ct: contentType } = value as { body?: string; ct?: string };
  return {
    params,
    headers,
    ...(body === undefined ? {} : { body }),
    ...(contentType === undefined ? {} : { contentType }),
  };
}

const REQUEST = /^(GET|POST|PUT|DELETE|PATCH|HEAD) (\S+) (.*?) ?-> (\d+) (.*)$/;
const TAIL = /^\s*[\d.]+m?s(?: CT=(\S+) CONN=(\S+))? ?(.*)$/s;

function exchangeOf(line: number, text: string): Exchange | undefined {
  const found = REQUEST.exec(text);
  if (found === null) return undefined;
  const [method, target, request, status, rest] = found.slice(1) as [string, string, string, string, string];
  const { value: reason, rest: tail } = readLiteral(rest);
  const [, type, connection, answer = ''] = TAIL.exec(tail) ?? [];
  return {
    ...{ line, method, path: target, status: Number(status), reason: textOf(reason), answer: answer.trim() },
    ...requestOf(request),
    ...(type === undefined ? {} : { answerType: type === 'None' ? null : type }),
    ...(connection === undefined ? {} : { connection }),
  };
}

function taskOf(line: number, text: string): RecordedTask | undefined {
  const [, type, id, rest] = /^ {3}TASK (\S+) (\S+) exit= (.*)$/.exec(text) ?? [];
  if (type === undefined || id === undefined || rest === undefined) return undefined;
  return { line, type, id, exitstatus: textOf(readLiteral(rest).value) };
}

const VIEWS: readonly (readonly [RegExp, View['kind']])[] = [
  [/^[\d.]+ config: /, 'config'],
  [/^ {3}cluster\/resources /, 'resources'],
  [/^ {3}qemu list /, 'list'],
  [/^ {3}status\/current /, 'current'],
];

function viewOf(line: number, text: string): View | undefined {
  const [pattern, kind] = VIEWS.find(([one]) => one.test(text)) ?? [];
  if (pattern === undefined || kind === undefined) return undefined;
  const rest = text.replace(pattern, '');
  return { line, kind, value: kind === 'current' ? (JSON.parse(rest) as Literal) : readLiteral(rest).value };
}

/** Reads a recording. */
export function readTranscript(file: string): readonly Entry[] {
  const entries: Entry[] = [];
  for (const [index, text] of readFileSync(file, 'utf8').split('\n').entries()) {
    const line = index + 1;
    const exchange = exchangeOf(line, text);
    const task = taskOf(line, text);
    const view = viewOf(line, text);
    const last = entries.at(-1);
    if (exchange !== undefined) entries.push({ kind: 'exchange', exchange });
    else if (task !== undefined) entries.push({ kind: 'task', task });
    else if (view !== undefined) entries.push({ kind: 'view', view });
    else if (text.startsWith('   LOG ') && last?.kind === 'task') {
      last.task.log = (readLiteral(text.slice(7)).value as string[]).map(String);
    }
  }
  return entries;
}
