import { isVisibleTo, visibilityIn, type EventNoun, type Visibility } from '@dcm/contracts';
import type { Scope } from '../auth/principal';

/** Kinds that belong to the platform and that every tenant may read, but for those whose document names the tenants that see it. */
export const openKinds: readonly EventNoun[] = ['site', 'site-resources', 'image', 'size', 'rate'];

/** Kinds of which a tenant reads its own and the platform's, which hold for all. */
export const sharedKinds: readonly EventNoun[] = ['policy'];

/** Kinds that only the platform's administrators read, whichever tenant they name. */
export const closedKinds: readonly EventNoun[] = ['publisher'];

type Fields = Readonly<Record<string, unknown>>;

/** What decides on who sees a state. */
interface Seen {
  readonly kind: EventNoun;
  readonly tenantId: string | null;
  /** Of a kind that is open: its own, or that of the size whose rate it is. */
  readonly visibility: Visibility;
}

/** SQL for what a row of the read model itself says of who sees it, as JSON. */
export const ownVisibility = (row: string): string => `coalesce(${row}.doc -> 'visibility', '"all"')`;

/**
 * SQL for the visibility of a row of the read model, as JSON: a rate of a size is seen by those who see the size, because it tells its name; a
 * size that is not known here is seen by nobody.
 * @param row the name of the row in the statement.
 */
export const visibilityOfRow = (row: string): string =>
  `CASE WHEN ${row}.kind = 'rate' AND ${row}.doc -> 'scope' ? 'size' THEN coalesce(
     (SELECT ${ownVisibility('size')} FROM gateway.resource AS size
      WHERE size.kind = 'size' AND size.id = ${row}.doc -> 'scope' ->> 'size'), '{"tenants":[]}')
   ELSE ${ownVisibility(row)} END`;

/** Whether a state may be shown within a scope. What has no tenant and is neither open nor shared is shown to nobody but the platform. */
export function isVisible({ tenantId }: Scope, state: Seen): boolean {
  if (tenantId === null) return true;
  if (openKinds.includes(state.kind)) return isVisibleTo(state.visibility, tenantId);
  if (state.tenantId === null) return sharedKinds.includes(state.kind);
  return state.tenantId === tenantId && !closedKinds.includes(state.kind);
}

/** A document as it is shown within a scope: a tenant does not learn which others see the same. */
export function shownTo<Doc extends Fields>({ tenantId }: Scope, doc: Doc): Doc {
  if (tenantId === null || visibilityIn(doc) === 'all') return doc;
  return { ...doc, visibility: { tenants: [tenantId] } };
}
