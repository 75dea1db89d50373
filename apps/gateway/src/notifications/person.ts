import type { Person, Role } from '@dcm/contracts';

/** Who it is, within a tenant. */
export interface PersonKey {
  readonly tenantId: string;
  readonly principal: string;
}

/** A person with the roles of the tokens that work now; none of them: the person can do nothing. */
export interface PersonWithRoles extends Person {
  readonly roles: readonly Role[];
}
