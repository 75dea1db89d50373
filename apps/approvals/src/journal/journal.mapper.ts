import type { Changed, EventNoun } from '@dcm/contracts';
import { sha256Hex } from '@dcm/runtime';

/** The chain of what belongs to no tenant. */
export const systemChain = 'system';

export const chainOf = (tenantId: string | null): string => tenantId ?? systemChain;

/** A row as it was written. */
export interface UnplacedRow {
  readonly id: string;
  readonly chain: string;
  readonly noun: EventNoun;
  readonly subject: string;
  readonly tenant_id: string | null;
  readonly action: string;
  readonly actor: string;
  readonly seq: number;
  readonly at: Date;
  readonly traceparent: string | null;
  /** The subject's new state as it is stored: JSON text. */
  readonly doc: string;
}

/** A row with its place in commit order and in its chain. */
export interface PlacedRow extends UnplacedRow {
  readonly position: string;
  readonly chain_seq: string;
  readonly hash: string;
}

/** The hash before the first row of a chain. */
export const firstHash = '0'.repeat(64);

/** Ties a row to all rows before it in its chain. It covers every column but the storage key: their names in order, the document as it is stored. */
export const hashOf = (previous: string, row: UnplacedRow, chainSeq: number): string =>
  sha256Hex(
    `${previous}|{${member('action', row.action)},${member('actor', row.actor)},${member('at', row.at.toISOString())},` +
      `${member('chain', row.chain)},${member('chainSeq', chainSeq)},"doc":${row.doc},${member('noun', row.noun)},` +
      `${member('seq', row.seq)},${member('subject', row.subject)},${member('tenantId', row.tenant_id)},` +
      `${member('traceparent', row.traceparent)}}`,
  );

const member = (name: string, value: string | number | null): string => `"${name}":${JSON.stringify(value)}`;

/** As events, pages and `journal.read` carry it, without its document. */
const headOf = (row: PlacedRow): Omit<Changed, 'doc'> => ({
  position: Number(row.position),
  noun: row.noun,
  id: row.subject,
  tenantId: row.tenant_id,
  seq: row.seq,
  action: row.action,
  actor: row.actor,
  at: row.at.toISOString(),
});

export const docOf = (row: PlacedRow): Changed['doc'] => JSON.parse(row.doc) as Changed['doc'];

export const changedOf = (row: PlacedRow): Changed => ({ ...headOf(row), doc: docOf(row) });

/** The text of `changedOf`, without reading the document. */
export const changedJsonOf = (row: PlacedRow): string =>
  `${JSON.stringify(headOf(row)).slice(0, -1)},"doc":${row.doc}}`;
