import { isVisibleTo, visibilityIn, type EventNoun } from '@dcm/contracts';
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
  readonly doc: Fields;
}

/** Whether a state may be shown within a scope. What has no tenant and is neither open nor shared is shown to nobody but the platform. */
export function isVisible({ tenantId }: Scope, state: Seen): boolean {
  if (tenantId === null) return true;
  if (openKinds.includes(state.kind)) return isVisibleTo(visibilityIn(state.doc), tenantId);
  if (state.tenantId === null) return sharedKinds.includes(state.kind);
  return state.tenantId === tenantId && !closedKinds.includes(state.kind);
}

/** A document as it is shown within a scope: a tenant does not learn which others see the same. */
export function shownTo<Doc extends Fields>({ tenantId }: Scope, doc: Doc): Doc {
  if (tenantId === null || visibilityIn(doc) === 'all') return doc;
  return { ...doc, visibility: { tenants: [tenantId] } };
}
