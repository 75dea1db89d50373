import { DcmError, type AdminActor, type TenantId } from '@dcm/contracts';
import { isPlatformAdmin, notFound } from '../admin/actor.policy';

const writers: readonly string[] = ['tenant-admin', 'developer', 'service'];

/** Who may change things of a tenant. @throws DcmError PERMISSION_DENIED. */
export function assertWriter(actor: AdminActor, what: string): void {
  if (isPlatformAdmin(actor) || actor.roles.some((role) => writers.includes(role))) return;
  throw new DcmError('PERMISSION_DENIED', `Unable to ${what}: the caller's roles do not allow it`);
}

/** Who may know what a VM would cost and need: whoever may ask for one, or decide about it. @throws DcmError PERMISSION_DENIED. */
export function assertWriterOrApprover(actor: AdminActor, what: string): void {
  if (!actor.roles.includes('approver')) assertWriter(actor, what);
}

/** Whose things an actor may touch. @returns null: everybody's. @throws DcmError NOT_FOUND for an actor of no tenant. */
export function scopeOf(actor: AdminActor, what: string): TenantId | null {
  if (isPlatformAdmin(actor)) return null;
  if (actor.tenantId === null) throw notFound(what);
  return actor.tenantId;
}
