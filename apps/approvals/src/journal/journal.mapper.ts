import type { Changed, EventNoun } from '@dcm/contracts';
import { canonicalJson, sha256Hex } from '@dcm/runtime';
import type { JournalEntry } from './journal.entity';

/** The chain of what belongs to no tenant. */
export const systemChain = 'system';

export const chainOf = (tenantId: string | null): string => tenantId ?? systemChain;

/** What the hash of a row covers: every column but the row's storage key and the hash itself. */
export interface HashedRow {
  readonly chain: string;
  readonly chainSeq: number;
  readonly noun: string;
  readonly subject: string;
  readonly tenantId: string | null;
  readonly action: string;
  readonly actor: string;
  readonly seq: number;
  /** ISO 8601 with milliseconds. */
  readonly at: string;
  readonly traceparent: string | null;
  readonly doc: unknown;
}

/** The hash before the first row of a chain. */
export const firstHash = '0'.repeat(64);

/** Ties a row to all rows before it in its chain. */
export const hashOf = (previous: string, row: HashedRow): string => sha256Hex(`${previous}|${canonicalJson(row)}`);

/** A row as the caller's entry makes it; the document becomes plain JSON, so that what is hashed is what is stored. */
export const hashedRowOf = (entry: JournalEntry, chainSeq: number, at: string): HashedRow => ({
  chain: chainOf(entry.tenantId),
  chainSeq,
  noun: entry.noun,
  subject: entry.id,
  tenantId: entry.tenantId,
  action: entry.action,
  actor: entry.actor,
  seq: entry.seq,
  at,
  traceparent: entry.traceparent ?? null,
  doc: JSON.parse(JSON.stringify(entry.doc)) as unknown,
});

export interface JournalRow {
  id: string;
  chain: string;
  chain_seq: string;
  noun: EventNoun;
  subject: string;
  tenant_id: string | null;
  action: string;
  actor: string;
  seq: number;
  at: Date;
  traceparent: string | null;
  doc: Record<string, unknown>;
  hash: string;
}

export const hashedRowOfStored = (row: JournalRow): HashedRow => ({
  chain: row.chain,
  chainSeq: Number(row.chain_seq),
  noun: row.noun,
  subject: row.subject,
  tenantId: row.tenant_id,
  action: row.action,
  actor: row.actor,
  seq: row.seq,
  at: row.at.toISOString(),
  traceparent: row.traceparent,
  doc: row.doc,
});

/** A row with its place in commit order. */
export type PlacedRow = JournalRow & { readonly position: string };

/** As events, pages and `journal.read` carry it. */
export const changedOf = (row: PlacedRow): Changed => ({
  position: Number(row.position),
  noun: row.noun,
  id: row.subject,
  tenantId: row.tenant_id,
  seq: row.seq,
  action: row.action,
  actor: row.actor,
  at: row.at.toISOString(),
  doc: row.doc,
});
