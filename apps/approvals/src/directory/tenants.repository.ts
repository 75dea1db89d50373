import { Injectable } from '@nestjs/common';
import type { Policy, Project, ProjectId, SiteName, Tenant, TenantId } from '@dcm/contracts';
import { firstRow, onlyRow, type Transaction } from '../database/transaction.repository';
import { projectOf, tenantOf, type ProjectRow, type TenantRow } from './directory.mapper';

/** A project that is to be. */
export interface NewProject {
  readonly id: ProjectId;
  readonly tenantId: TenantId;
  readonly name: string;
  readonly site: SiteName;
  readonly policy: Policy;
}

const withPlatform = `*, (SELECT platform FROM approvals.site WHERE name = site) AS platform`;

/** Writes tenants and projects. A name that is taken violates `tenant_name` or `project_name`. */
@Injectable()
export class TenantsRepository {
  async insertTenant(manager: Transaction, id: TenantId, name: string): Promise<Tenant> {
    return tenantOf(
      await onlyRow<TenantRow>(manager, 'INSERT INTO approvals.tenant (id, name) VALUES ($1, $2) RETURNING *', [
        id,
        name,
      ]),
    );
  }

  async findTenant(manager: Transaction, id: TenantId): Promise<Tenant | undefined> {
    const row = await firstRow<TenantRow>(manager, 'SELECT * FROM approvals.tenant WHERE id = $1', [id]);
    return row && tenantOf(row);
  }

  async insertProject(manager: Transaction, project: NewProject): Promise<Project> {
    return projectOf(
      await onlyRow<ProjectRow>(
        manager,
        `INSERT INTO approvals.project (id, tenant_id, name, site, policy) VALUES ($1, $2, $3, $4, $5)
       RETURNING ${withPlatform}`,
        [project.id, project.tenantId, project.name, project.site, JSON.stringify(project.policy)],
      ),
    );
  }

  /** Locks the project's row until the transaction ends. */
  async lockProject(manager: Transaction, id: ProjectId): Promise<Project | undefined> {
    const row = await firstRow<ProjectRow>(
      manager,
      `SELECT ${withPlatform} FROM approvals.project WHERE id = $1 FOR NO KEY UPDATE`,
      [id],
    );
    return row && projectOf(row);
  }

  /** An absent field stays as it is. */
  async updateProject(
    manager: Transaction,
    id: ProjectId,
    change: { name?: string | undefined; policy?: Policy | undefined },
  ): Promise<Project> {
    const policy = change.policy === undefined ? null : JSON.stringify(change.policy);
    return projectOf(
      await onlyRow<ProjectRow>(
        manager,
        `UPDATE approvals.project SET name = coalesce($2, name), policy = coalesce($3::json, policy), seq = seq + 1
       WHERE id = $1 RETURNING ${withPlatform}`,
        [id, change.name ?? null, policy],
      ),
    );
  }
}
