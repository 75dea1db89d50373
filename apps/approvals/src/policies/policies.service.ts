import { Injectable } from '@nestjs/common';
import {
  DcmError,
  policyIdSchema,
  type AdminActor,
  type AdminOutput,
  type PolicyId,
  type PolicyRule,
} from '@dcm/contracts';
import { newId } from '@dcm/runtime';
import {
  assertPlatformAdmin,
  assertSomeAdmin,
  assertTenantAdmin,
  isPlatformAdmin,
  notFound,
} from '../admin/actor.policy';
import type { CallInput } from '../admin/ports';
import { refuseTaken, type Transaction } from '../database/transaction.repository';
import { DirectoryRepository } from '../directory/directory.repository';
import { TenantsRepository } from '../directory/tenants.repository';
import { ChangeService } from '../journal/change.service';
import { assertSound } from './check.policy';
import { policyEntry } from './policy.mapper';
import { PoliciesRepository } from './policies.repository';

/** The most rules of one scope: the platform, a tenant, or a project. */
export const mostRules = 200;

type Scope = Pick<PolicyRule, 'tenantId' | 'projectId'>;

/** Whoever may not write rules of the platform learns nothing new of them: every tenant reads them. */
export function assertMayWrite(actor: AdminActor, { tenantId }: Scope, what: string): void {
  if (tenantId === null) assertPlatformAdmin(actor, what);
  else assertTenantAdmin(actor, tenantId, what);
}

/** Adds, replaces and deletes rules. */
@Injectable()
export class PoliciesService {
  constructor(
    private readonly changes: ChangeService,
    private readonly policies: PoliciesRepository,
    private readonly tenants: TenantsRepository,
    private readonly directory: DirectoryRepository,
  ) {}

  /** @throws DcmError INVALID_REQUEST for a rule that cannot work; PERMISSION_DENIED; NOT_FOUND for its scope; CONFLICT when its name is taken or the scope is full. */
  create(input: CallInput<'admin.policy.create'>, actor: AdminActor): Promise<AdminOutput<'admin.policy.create'>> {
    const what = `add rule ${input.name}`;
    assertMayWrite(actor, input, what);
    assertSound(input);
    return refuseTaken('policy_name', `Unable to ${what}: there is a rule of that name`, () =>
      this.changes.change(async (manager, { tell }) => {
        await this.assertScopeKnown(manager, input, what);
        if ((await this.policies.lockScope(manager, input)) >= mostRules)
          throw new DcmError('CONFLICT', `Unable to ${what}: there are ${mostRules} rules already`);
        const rule = await this.policies.insert(manager, policyIdSchema.parse(newId()), input);
        tell(policyEntry(rule, 'created', actor.principal));
        return rule;
      }),
    );
  }

  /** @throws DcmError INVALID_REQUEST, PERMISSION_DENIED, NOT_FOUND; CONFLICT when its name is taken. */
  replace(input: CallInput<'admin.policy.replace'>, actor: AdminActor): Promise<AdminOutput<'admin.policy.replace'>> {
    const what = `replace rule ${input.id}`;
    assertSomeAdmin(actor, what);
    return refuseTaken('policy_name', `Unable to ${what}: there is another rule named ${input.name}`, () =>
      this.changes.change(async (manager, { tell }) => {
        await this.lockOwn(manager, input.id, actor, what);
        assertSound(input);
        const rule = await this.policies.replace(manager, input.id, input);
        tell(policyEntry(rule, 'replaced', actor.principal));
        return rule;
      }),
    );
  }

  /** What was decided by it stays decided. @throws DcmError PERMISSION_DENIED, NOT_FOUND. */
  remove(input: CallInput<'admin.policy.delete'>, actor: AdminActor): Promise<AdminOutput<'admin.policy.delete'>> {
    const what = `delete rule ${input.id}`;
    assertSomeAdmin(actor, what);
    return this.changes.change(async (manager, { tell }) => {
      const rule = await this.lockOwn(manager, input.id, actor, what);
      await this.policies.remove(manager, input.id);
      const deleted: PolicyRule = { ...rule, state: 'deleted', enabled: false, seq: rule.seq + 1 };
      tell(policyEntry(deleted, 'deleted', actor.principal));
      return deleted;
    });
  }

  private async lockOwn(manager: Transaction, id: PolicyId, actor: AdminActor, what: string): Promise<PolicyRule> {
    const rule = await this.policies.lock(manager, id);
    if (rule === undefined) throw notFound(what);
    if (rule.tenantId !== null && rule.tenantId !== actor.tenantId && !isPlatformAdmin(actor)) throw notFound(what);
    assertMayWrite(actor, rule, what);
    return rule;
  }

  private async assertScopeKnown(manager: Transaction, { tenantId, projectId }: Scope, what: string): Promise<void> {
    const missing = (pointer: string, message: string): DcmError =>
      new DcmError('NOT_FOUND', `Unable to ${what}: ${message}`, { details: [{ pointer, message }] });
    if (tenantId === null) {
      if (projectId === null) return;
      const details = [{ pointer: '/projectId', message: 'belongs to a tenant, and none is named' }];
      throw new DcmError('INVALID_REQUEST', `Unable to ${what}: a rule of a project names its tenant`, { details });
    }
    if ((await this.tenants.findTenant(manager, tenantId)) === undefined)
      throw missing('/tenantId', 'there is no such tenant');
    if (projectId === null) return;
    const found = await this.directory.findProject(manager, projectId);
    if (found?.project.tenantId !== tenantId) throw missing('/projectId', 'the tenant has no such project');
  }
}
