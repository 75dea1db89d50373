import { DcmError, type AdminActor, type TenantId } from '@dcm/contracts';

const denied = (what: string): DcmError =>
  new DcmError('PERMISSION_DENIED', `Unable to ${what}: the caller's roles do not allow it`);

/** One wording for what is not there and what belongs to others, so that nobody learns what exists. */
export const notFound = (what: string): DcmError =>
  new DcmError('NOT_FOUND', `Unable to ${what}: there is no such thing in this tenant`);

/** `platform-admin` belongs to no tenant; whoever belongs to one is none, whatever is claimed. */
export const isPlatformAdmin = (actor: AdminActor): boolean =>
  actor.tenantId === null && actor.roles.includes('platform-admin');

/** @throws DcmError PERMISSION_DENIED. */
export function assertPlatformAdmin(actor: AdminActor, what: string): void {
  if (!isPlatformAdmin(actor)) throw denied(what);
}

/** For a thing that may not be there: who administers nothing learns no more than that. @throws DcmError PERMISSION_DENIED. */
export function assertSomeAdmin(actor: AdminActor, what: string): void {
  if (!isPlatformAdmin(actor) && !actor.roles.includes('tenant-admin')) throw denied(what);
}

/** Another tenant's things are not found rather than forbidden. @throws DcmError NOT_FOUND, PERMISSION_DENIED. */
export function assertTenantAdmin(actor: AdminActor, tenantId: TenantId, what: string): void {
  if (isPlatformAdmin(actor)) return;
  if (!actor.roles.includes('tenant-admin')) throw denied(what);
  if (actor.tenantId !== tenantId) throw notFound(what);
}

/** The journal holds every tenant's changes: platform administrators and the gateway's own read model may read it. @throws DcmError PERMISSION_DENIED. */
export function assertMayReadJournal(actor: AdminActor): void {
  const isReadModel = actor.tenantId === null && actor.roles.includes('service');
  if (!isReadModel && !isPlatformAdmin(actor)) throw denied('read the journal');
}
