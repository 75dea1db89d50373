import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { roleSchema, type Person, type Role } from '@dcm/contracts';
import type { PersonKey, PersonWithRoles } from './person';

interface PersonRow {
  tenant_id: string;
  principal: string;
  email: string;
  notify: boolean;
}

const liveRolesSql = `ARRAY(SELECT DISTINCT role FROM gateway.api_token AS t, unnest(t.roles) AS role
  WHERE t.tenant_id = p.tenant_id AND t.principal = p.principal AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now()))`;

const columns = 'p.tenant_id, p.principal, p.email, p.notify';

const toPerson = ({ tenant_id: tenantId, principal, email, notify }: PersonRow): Person => ({
  principal,
  tenantId,
  email,
  notify,
});

const withRoles = (row: PersonRow & { roles: string[] }): PersonWithRoles => ({
  ...toPerson(row),
  roles: roleSchema.array().parse(row.roles),
});

/** Where people are written to. Every query names its tenant. */
@Injectable()
export class PersonRepository {
  constructor(private readonly database: DataSource) {}

  async find({ tenantId, principal }: PersonKey): Promise<PersonWithRoles | undefined> {
    const [row] = await this.database.query<(PersonRow & { roles: string[] })[]>(
      `SELECT ${columns}, ${liveRolesSql} AS roles FROM gateway.person AS p WHERE p.tenant_id = $1 AND p.principal = $2`,
      [tenantId, principal],
    );
    return row === undefined ? undefined : withRoles(row);
  }

  /** Those of a tenant who want to be notified. */
  async listNotified(tenantId: string): Promise<PersonWithRoles[]> {
    const rows = await this.database.query<(PersonRow & { roles: string[] })[]>(
      `SELECT ${columns}, ${liveRolesSql} AS roles FROM gateway.person AS p WHERE p.tenant_id = $1 AND p.notify ORDER BY p.principal`,
      [tenantId],
    );
    return rows.map(withRoles);
  }

  /** The roles of all the tokens of a principal that work now, whether it is known as a person or not. */
  async rolesOf({ tenantId, principal }: PersonKey): Promise<Role[]> {
    const [row] = await this.database.query<{ roles: string[] }[]>(
      `SELECT ${liveRolesSql} AS roles FROM (SELECT $1::uuid AS tenant_id, $2::text AS principal) AS p`,
      [tenantId, principal],
    );
    return roleSchema.array().parse(row?.roles ?? []);
  }

  async set({ tenantId, principal, email, notify }: Person, by: string): Promise<Person> {
    const [row] = await this.database.query<PersonRow[]>(
      `INSERT INTO gateway.person AS p (tenant_id, principal, email, notify, updated_by) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (tenant_id, principal) DO UPDATE SET email = excluded.email, notify = excluded.notify,
         updated_by = excluded.updated_by, updated_at = now() RETURNING ${columns}`,
      [tenantId, principal, email, notify, by],
    );
    return row === undefined ? { principal, tenantId, email, notify } : toPerson(row);
  }

  /** @returns false when nothing was known. */
  async remove({ tenantId, principal }: PersonKey): Promise<boolean> {
    const [, count] = await this.database.query<[unknown[], number]>(
      'DELETE FROM gateway.person WHERE tenant_id = $1 AND principal = $2',
      [tenantId, principal],
    );
    return count > 0;
  }
}
