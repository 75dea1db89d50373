import { KIND } from '../model/objects';
import { refusal } from './refusal';

/** A field of a row: a path with a type, or rows of their own. */
export type Fields = Readonly<Record<string, unknown>>;

/** Values at a path, as the dispatcher's `Get-DcmPath` finds them: arrays are walked through, nulls dropped, names compared without case. */
export function valuesAt(object: unknown, path: string): unknown[] {
  let current: unknown[] = [object];
  for (const name of path.split('.')) current = current.flatMap((one) => propertyOf(one, name));
  return current.filter((one) => one !== null && one !== undefined);
}

function propertyOf(object: unknown, name: string): unknown[] {
  if (typeof object !== 'object' || object === null) return [];
  const key = nameIn(object, name);
  const value = key === undefined ? undefined : (object as Record<string, unknown>)[key];
  return Array.isArray(value) ? (value as unknown[]) : [value];
}

/** The simulator's own fields begin with a small letter; objects that are no vendor's (a fixture's) have none of these. */
function nameIn(object: object, name: string): string | undefined {
  if (name in object && isShown(object, name)) return name;
  const wanted = name.toLowerCase();
  return namesOf(object).find((key) => key.toLowerCase() === wanted && isShown(object, key));
}

const isShown = (object: object, name: string): boolean => !(KIND in object) || /^[A-Z]/.test(name);

function namesOf(object: object): string[] {
  const prototype: unknown = Object.getPrototypeOf(object);
  const inherited = prototype === Object.prototype || prototype === null ? [] : Object.getOwnPropertyNames(prototype);
  return [...Object.keys(object), ...inherited];
}

/** One row. */
export function select(object: unknown, fields: Fields): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    if (typeof field === 'object' && field !== null) {
      const { each, of } = field as { readonly each: string; readonly of: Fields };
      row[name] = valuesAt(object, each).map((one) => select(one, of));
    } else {
      row[name] = fieldOf(object, String(field));
    }
  }
  return row;
}

function fieldOf(object: unknown, text: string): unknown {
  const [path = '', type = 's'] = text.split(':');
  const values = valuesAt(object, path);
  if (type.endsWith('[]')) return values.map((one) => scalar(one, type.slice(0, -2)));
  return values.length === 0 ? null : scalar(values[0], type);
}

/** A value as the dispatcher writes it. @throws DispatchError BAD_REQUEST for an unknown type, conversion errors as .NET makes them. */
export function scalar(value: unknown, type: string): unknown {
  switch (type) {
    case 'i':
      return Math.round(numberOf(value));
    case 'f':
      return numberOf(value);
    case 'b':
      return value !== false && value !== 0 && value !== '';
    case 'd':
      return dateOf(value).toISOString();
    case 's':
      return shown(value);
    default:
      throw refusal('BAD_REQUEST', `unknown type '${type}'`);
  }
}

function numberOf(value: unknown): number {
  if (typeof value === 'boolean') return value ? 1 : 0;
  const number = typeof value === 'string' && value.trim() === '' ? 0 : Number(value);
  if (typeof value !== 'object' && Number.isFinite(number)) return number;
  throw new TypeError(`Cannot convert value "${shown(value)}" to type "System.Int64".`);
}

function dateOf(value: unknown): Date {
  const date = value instanceof Date ? value : new Date(typeof value === 'string' ? value : Number.NaN);
  if (Number.isNaN(date.getTime()))
    throw new TypeError(`Cannot convert value "${shown(value)}" to type "System.DateTime".`);
  return date;
}

/** `[string]::Format` with the invariant culture. Objects of the management server show their name. */
function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value instanceof Date) return invariantDate(value);
  if (typeof value === 'object' && value !== null) return 'Name' in value ? String(value.Name) : 'System.Object';
  return String(value);
}

function invariantDate(date: Date): string {
  const [day = '', time = ''] = date.toISOString().split('T');
  const [year, month, dayOfMonth] = day.split('-');
  return `${month ?? ''}/${dayOfMonth ?? ''}/${year ?? ''} ${time.slice(0, 8)}`;
}
