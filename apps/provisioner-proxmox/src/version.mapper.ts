import { readRecord, readString } from './reader.mapper';

/** A cluster's version. */
export interface Version {
  /** Such as `9.2.11`. */
  readonly text: string;
  /** 0 where it cannot be read. */
  readonly major: number;
}

/** Reads GET /version. */
export function readVersion(answer: unknown): Version {
  const text = readString(readRecord(answer)['version']) ?? '';
  return { text, major: Number(/^\d+/.exec(text)?.[0] ?? 0) };
}
