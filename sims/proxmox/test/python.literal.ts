/** A Python literal's value, in the types of JSON. */
export type Literal = string | number | boolean | null | Literal[] | { [key: string]: Literal };

/** A literal that must be a text. */
export function textOf(value: Literal): string {
  if (typeof value !== 'string') throw new Error(`no text: ${JSON.stringify(value)}`);
  return value;
}

const WORDS: Readonly<Record<string, Literal>> = { True: true, False: false, None: null };
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

/** Reads literals as Python prints them: strings in either quotes, numbers, lists, dictionaries. */
class Reader {
  at = 0;

  constructor(private readonly text: string) {}

  read(): Literal {
    this.#skip();
    const head = this.text[this.at];
    if (head === "'" || head === '"') return this.#string(head);
    if (head === '[') return this.#list();
    if (head === '{') return this.#dictionary();
    const [word = ''] = /^[\w.+-]+/.exec(this.text.slice(this.at)) ?? [];
    if (word === '') throw new Error(`no Python literal at ${this.at} of ${this.text.slice(0, 80)}`);
    this.at += word.length;
    return Object.hasOwn(WORDS, word) ? (WORDS[word] ?? null) : Number(word);
  }

  #skip(): void {
    while (/[\s,:]/.test(this.text[this.at] ?? '')) this.at += 1;
  }

  #string(quote: string): string {
    let value = '';
    for (this.at += 1; this.text[this.at] !== quote; this.at += 1) {
      const one = this.text[this.at];
      if (one === undefined) throw new Error('a Python string does not end');
      if (one === '\\') {
        this.at += 1;
        const escaped = this.text[this.at] ?? '';
        value += ESCAPES[escaped] ?? escaped;
      } else {
        value += one;
      }
    }
    this.at += 1;
    return value;
  }

  #list(): Literal[] {
    const items: Literal[] = [];
    this.at += 1;
    while (!this.#closes(']')) items.push(this.read());
    return items;
  }

  #dictionary(): Record<string, Literal> {
    const entries: Record<string, Literal> = {};
    this.at += 1;
    while (!this.#closes('}')) {
      const key = textOf(this.read());
      entries[key] = this.read();
    }
    return entries;
  }

  #closes(bracket: string): boolean {
    this.#skip();
    if (this.text[this.at] !== bracket) return false;
    this.at += 1;
    return true;
  }
}

/** Reads the literal at the beginning of a text; `rest` is what follows. */
export function readLiteral(text: string): { readonly value: Literal; readonly rest: string } {
  const reader = new Reader(text);
  const value = reader.read();
  return { value, rest: text.slice(reader.at) };
}
