import type { EventNoun } from '@dcm/contracts';
import type { Scope } from '../auth/principal';

/** Kinds that belong to the platform and that every tenant may read. */
export const openKinds: readonly EventNoun[] = ['site', 'site-resources', 'image', 'size', 'rate'];

/** Kinds of which a tenant reads its own and the platform's, which hold for all. */
export const sharedKinds: readonly EventNoun[] = ['policy'];

/** Kinds that only the platform's administrators read, whichever tenant they name. */
export const closedKinds: readonly EventNoun[] = ['publisher'];

/** Whether a state may be shown within a scope. What has no tenant and is neither open nor shared is shown to nobody but the platform. */
export function isVisible(
  scope: Scope,
  state: { readonly kind: EventNoun; readonly tenantId: string | null },
): boolean {
  if (scope.tenantId === null || openKinds.includes(state.kind)) return true;
  if (state.tenantId === null) return sharedKinds.includes(state.kind);
  return state.tenantId === scope.tenantId && !closedKinds.includes(state.kind);
}
