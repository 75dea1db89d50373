import type { Role } from '@dcm/contracts';

/** Who asks, as the token says. `tenantId` null means all tenants, which only a platform administrator has. */
export interface Principal {
  readonly tokenId: string;
  readonly name: string;
  readonly tenantId: string | null;
  readonly roles: readonly Role[];
}

/** What a principal may see. Every query of the read model needs one. */
export interface Scope {
  /** null sees all tenants. */
  readonly tenantId: string | null;
}

/** Whoever belongs to no tenant must be a platform administrator to see anything: a scope without a tenant is never a default. */
export const scopeOf = (principal: Principal): Scope => ({
  tenantId: isPlatformAdmin(principal) ? null : (principal.tenantId ?? nobody),
});

/** No tenant has the nil UUID. */
const nobody = '00000000-0000-0000-0000-000000000000';

export const isPlatformAdmin = (principal: Principal): boolean =>
  principal.tenantId === null && principal.roles.includes('platform-admin');

/** A principal's name is unique within its tenant only, so a key that belongs to it names the tenant too. */
export const qualifiedName = (principal: Principal): string => `${principal.tenantId ?? 'platform'}/${principal.name}`;
