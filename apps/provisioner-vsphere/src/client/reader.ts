import { isReference, type ManagedObjectReference } from './managed.object';

/** A decoded complex value. `$type` names its type where the server told it. */
export type VimRecord = Readonly<Record<string, unknown>>;

/** Whether decoded data is a complex value. */
export function isRecord(data: unknown): data is VimRecord {
  return typeof data === 'object' && data !== null && !Array.isArray(data) && !(data instanceof Date);
}

/** The complex value; an empty one when the data is something else or absent. */
export function readRecord(data: unknown): VimRecord {
  return isRecord(data) ? data : {};
}

/** The items; none when absent, one when a list of an unlisted type came as a lone item. */
export function readList(data: unknown): readonly unknown[] {
  if (data === undefined || data === null) return [];
  return Array.isArray(data) ? data : [data];
}

/** The text, or undefined. */
export function readString(data: unknown): string | undefined {
  return typeof data === 'string' ? data : undefined;
}

/** The number, or undefined; a long beyond 2^53 loses its last digits. */
export function readNumber(data: unknown): number | undefined {
  if (typeof data === 'bigint') return Number(data);
  return typeof data === 'number' && !Number.isNaN(data) ? data : undefined;
}

/** The truth value, or undefined. */
export function readBoolean(data: unknown): boolean | undefined {
  return typeof data === 'boolean' ? data : undefined;
}

/** The point in time, or undefined. */
export function readDate(data: unknown): Date | undefined {
  return data instanceof Date && !Number.isNaN(data.getTime()) ? data : undefined;
}

/** The reference, or undefined. */
export function readReference(data: unknown): ManagedObjectReference | undefined {
  return isReference(data) ? data : undefined;
}

/** The name of a complex value's type, where the server told it. */
export function typeOf(data: unknown): string | undefined {
  return readString(readRecord(data)['$type']);
}
