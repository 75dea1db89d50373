import type { EventNoun, TenantId } from '@dcm/contracts';

/** One change to be told: the full new state of one subject. */
export interface JournalEntry {
  readonly noun: EventNoun;
  /** The subject: a VM's id, a site's name. */
  readonly id: string;
  /** null: belongs to no tenant; such rows form a chain of their own. */
  readonly tenantId: TenantId | null;
  /** What happened, as a verb or noun of the domain: `created`, `dispatched`. */
  readonly action: string;
  /** Who did it: a principal, or `system`. */
  readonly actor: string;
  /** The subject's new sequence number: its previous one + 1. A repeated one is refused by the database. */
  readonly seq: number;
  readonly doc: object;
  readonly traceparent?: string;
}
