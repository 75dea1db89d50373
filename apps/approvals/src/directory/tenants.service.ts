import { Injectable } from '@nestjs/common';
import {
  DcmError,
  projectIdSchema,
  tenantIdSchema,
  type AdminActor,
  type AdminOutput,
  type Project,
  type Tenant,
} from '@dcm/contracts';
import { newId } from '@dcm/runtime';
import { assertPlatformAdmin, assertSomeAdmin, assertTenantAdmin, notFound } from '../admin/actor.policy';
import type { CallInput } from '../admin/ports';
import { refuseTaken, type Transaction } from '../database/transaction.repository';
import { ChangeService } from '../journal/change.service';
import type { JournalEntry } from '../journal/journal.entity';
import { quotaEntry, QuotaRepository } from '../quota/quota.repository';
import { DirectoryRepository } from './directory.repository';
import { TenantsRepository } from './tenants.repository';

/** Tenants and their projects; each gets its quota, without limits, with it. */
@Injectable()
export class TenantsService {
  constructor(
    private readonly changes: ChangeService,
    private readonly tenants: TenantsRepository,
    private readonly directory: DirectoryRepository,
    private readonly quotas: QuotaRepository,
  ) {}

  /** @throws DcmError PERMISSION_DENIED; CONFLICT when the name is taken. */
  createTenant(
    input: CallInput<'admin.tenant.create'>,
    actor: AdminActor,
  ): Promise<AdminOutput<'admin.tenant.create'>> {
    assertPlatformAdmin(actor, 'create a tenant');
    const taken = `Unable to create tenant ${input.name}: there is a tenant of that name`;
    return refuseTaken('tenant_name', taken, () =>
      this.changes.change(async (manager, { tell }) => {
        const tenant = await this.tenants.insertTenant(manager, tenantIdSchema.parse(newId()), input.name);
        const quota = await this.quotas.create(manager, 'tenant', tenant.id, tenant.id);
        tell(tenantEntry(tenant, 'created', actor.principal), quotaEntry(quota, 'created', actor.principal));
        return tenant;
      }),
    );
  }

  /** @throws DcmError PERMISSION_DENIED; NOT_FOUND for tenant or site; CONFLICT when the tenant has a project of that name. */
  createProject(
    input: CallInput<'admin.project.create'>,
    actor: AdminActor,
  ): Promise<AdminOutput<'admin.project.create'>> {
    assertTenantAdmin(actor, input.tenantId, 'create a project');
    const taken = `Unable to create project ${input.name}: the tenant has a project of that name`;
    return refuseTaken('project_name', taken, () =>
      this.changes.change(async (manager, { tell }) => {
        await this.assertCanBeBound(manager, input);
        const project = await this.tenants.insertProject(manager, { ...input, id: projectIdSchema.parse(newId()) });
        const quota = await this.quotas.create(manager, 'project', project.id, project.tenantId);
        tell(projectEntry(project, 'created', actor.principal), quotaEntry(quota, 'created', actor.principal));
        return project;
      }),
    );
  }

  /** @throws DcmError PERMISSION_DENIED; NOT_FOUND; CONFLICT when the tenant has another project of that name. */
  updateProject(
    input: CallInput<'admin.project.update'>,
    actor: AdminActor,
  ): Promise<AdminOutput<'admin.project.update'>> {
    const what = `change project ${input.id}`;
    assertSomeAdmin(actor, what);
    return refuseTaken('project_name', `Unable to ${what}: the tenant has a project named ${input.name ?? ''}`, () =>
      this.changes.change(async (manager, { tell }) => {
        const project = await this.tenants.lockProject(manager, input.id);
        if (project === undefined) throw notFound(what);
        assertTenantAdmin(actor, project.tenantId, what);
        const changed = await this.tenants.updateProject(manager, input.id, input);
        tell(projectEntry(changed, 'updated', actor.principal));
        return changed;
      }),
    );
  }

  private async assertCanBeBound(manager: Transaction, input: CallInput<'admin.project.create'>): Promise<void> {
    const missing = (pointer: string, message: string): DcmError =>
      new DcmError('NOT_FOUND', `Unable to create project ${input.name}: ${message}`, {
        details: [{ pointer, message }],
      });
    if ((await this.tenants.findTenant(manager, input.tenantId)) === undefined)
      throw missing('/tenantId', 'there is no such tenant');
    if ((await this.directory.findSite(manager, input.site)) === undefined)
      throw missing('/site', `site ${input.site} is not registered`);
  }
}

const tenantEntry = (tenant: Tenant, action: string, actor: string): JournalEntry => ({
  noun: 'tenant',
  id: tenant.id,
  tenantId: tenant.id,
  action,
  actor,
  seq: tenant.seq,
  doc: tenant,
});

const projectEntry = (project: Project, action: string, actor: string): JournalEntry => ({
  noun: 'project',
  id: project.id,
  tenantId: project.tenantId,
  action,
  actor,
  seq: project.seq,
  doc: project,
});
