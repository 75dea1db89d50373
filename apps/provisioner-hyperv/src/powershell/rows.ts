import { PowerShellError } from './powershell.errors';

/** What is read of an object: `path`, `path:type`, `path:type[]`, or rows for the objects at a path. @see ps/README.md */
export type Fields = Readonly<Record<string, Field>>;
type Field = string | { readonly each: string; readonly of: Fields };

type Scalar<T extends string> = T extends 'i' | 'f' ? number : T extends 'b' ? boolean : string;

type Value<F> = F extends { readonly of: infer O extends Fields }
  ? readonly Row<O>[]
  : F extends `${string}:${infer T}[]`
    ? readonly Scalar<T>[]
    : F extends `${string}:${infer T}`
      ? Scalar<T> | null
      : string | null;

/** An object as it was read. */
export type Row<F extends Fields> = { readonly [K in keyof F]: Value<F[K]> };

const isRecord = (data: unknown): data is Readonly<Record<string, unknown>> =>
  typeof data === 'object' && data !== null && !Array.isArray(data);

const TYPES: Readonly<Record<string, 'number' | 'boolean' | 'string'>> = {
  i: 'number',
  f: 'number',
  b: 'boolean',
  s: 'string',
  d: 'string',
};

/** Checks rows against what was asked for. @throws PowerShellError BAD_FRAME */
export function readRows<F extends Fields>(data: unknown, fields: F): readonly Row<F>[] {
  if (!Array.isArray(data)) throw misfit('rows');
  return data.map((one: unknown) => {
    if (!isRecord(one)) throw misfit('a row');
    for (const [name, field] of Object.entries(fields)) checkValue(one[name], field, name);
    return one as Row<F>;
  });
}

function checkValue(value: unknown, field: Field, name: string): void {
  if (typeof field !== 'string') {
    readRows(value, field.of);
    return;
  }
  const type = field.split(':')[1] ?? 's';
  const isOne = (one: unknown): boolean => typeof one === TYPES[type.replace('[]', '')];
  const isFine = type.endsWith('[]') ? Array.isArray(value) && value.every(isOne) : value === null || isOne(value);
  if (!isFine) throw misfit(name);
}

const misfit = (what: string): PowerShellError =>
  new PowerShellError('BAD_FRAME', `the answer holds something else than was asked for: ${what}`, {
    mayHaveActed: true,
  });
