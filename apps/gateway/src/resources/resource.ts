import type { z } from 'zod';
import type { EventNoun, eventNouns } from '@dcm/contracts';

/** The document of a noun, as events carry it. */
export type DocOf<N extends EventNoun> = z.output<(typeof eventNouns)[N]>;

/**
 * One row of the read model: a state of something, with the columns that lists filter by. `position` is its place in the journal, 0 when
 * it is not known (yet); `seq` 0 is what the gateway foretells before approvals has spoken.
 */
export interface ResourceRow {
  readonly kind: EventNoun;
  readonly id: string;
  readonly tenantId: string | null;
  readonly projectId: string | null;
  readonly vmId: string | null;
  readonly name: string | null;
  readonly state: string | null;
  readonly seq: number;
  readonly position: number;
  readonly doc: Readonly<Record<string, unknown>>;
  /** ISO 8601; orders lists. */
  readonly createdAt: string;
}
