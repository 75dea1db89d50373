/** Data of an answer, which may be anything; Proxmox mixes types (`"512"`, 512, `"0"`, 1), so it is read leniently. */
export type PveRecord = Readonly<Record<string, unknown>>;

/** An object, else an empty one. */
export const readRecord = (data: unknown): PveRecord =>
  typeof data === 'object' && data !== null && !Array.isArray(data) ? (data as PveRecord) : {};

/** A list, else an empty one. */
export const readList = (data: unknown): readonly unknown[] => (Array.isArray(data) ? data : []);

/** The objects of a list. */
export const readRecords = (data: unknown): PveRecord[] => readList(data).map(readRecord);

/** Text, or a number as text; undefined for anything else. */
export function readString(data: unknown): string | undefined {
  if (typeof data === 'string') return data;
  return typeof data === 'number' ? String(data) : undefined;
}

/** A number, or text that is one; undefined for anything else. */
export function readNumber(data: unknown): number | undefined {
  const value = typeof data === 'string' && data.trim() !== '' ? Number(data) : data;
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** Whether it is true, 1 or "1". */
export const readFlag = (data: unknown): boolean => data === true || data === 1 || data === '1';
