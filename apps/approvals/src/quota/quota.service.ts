import { Injectable } from '@nestjs/common';
import { DcmError, type AdminActor, type AdminOutput, type Quota } from '@dcm/contracts';
import { assertPlatformAdmin, assertSomeAdmin, assertTenantAdmin, notFound } from '../admin/actor.policy';
import type { CallInput } from '../admin/ports';
import type { Transaction } from '../database/transaction.repository';
import { ChangeService } from '../journal/change.service';
import { limitsBeyond } from './quota.mapper';
import { quotaEntry, QuotaRepository } from './quota.repository';

type SetInput = CallInput<'admin.quota.set'>;

/** Sets limits. A project's stay within its tenant's; limits below what is in use admit nothing new and take nothing away. */
@Injectable()
export class QuotaService {
  constructor(
    private readonly changes: ChangeService,
    private readonly quotas: QuotaRepository,
  ) {}

  /**
   * A tenant's limits are the platform's to set, a project's also its tenant's.
   * @throws DcmError PERMISSION_DENIED; NOT_FOUND; CONFLICT when a project's limit would be above its tenant's.
   */
  set(input: SetInput, actor: AdminActor): Promise<AdminOutput<'admin.quota.set'>> {
    const what = `set the quota of ${input.scope} ${input.id}`;
    (input.scope === 'tenant' ? assertPlatformAdmin : assertSomeAdmin)(actor, what);
    return this.changes.change(async (manager, { tell }) => {
      const quota = await this.lock(manager, input, actor, what);
      await this.assertNested(manager, quota, input, what);
      const changed = { ...quota, limits: input.limits, seq: quota.seq + 1 };
      await this.quotas.setLimits(manager, changed);
      tell(quotaEntry(changed, 'limits', actor.principal));
      return changed;
    });
  }

  /** Locks the tenant before its project, as everything does. */
  private async lock(manager: Transaction, input: SetInput, actor: AdminActor, what: string): Promise<Quota> {
    const tenantId = await this.quotas.tenantOf(manager, input.scope, input.id);
    if (tenantId === undefined) throw notFound(what);
    assertTenantAdmin(actor, tenantId, what);
    const quota = (await this.quotas.lock(manager, [tenantId, input.id])).find((one) => one.id === input.id);
    if (quota === undefined) throw notFound(what);
    return quota;
  }

  private async assertNested(manager: Transaction, quota: Quota, input: SetInput, what: string): Promise<void> {
    const details =
      quota.scope === 'project'
        ? limitsBeyond(input.limits, await this.quotas.limitsOf(manager, quota.tenantId))
        : (await this.quotas.projectLimits(manager, quota.tenantId)).flatMap((project) =>
            limitsBeyond(project.limits, input.limits, `project ${project.name}`),
          );
    const [first] = details;
    if (first !== undefined) throw new DcmError('CONFLICT', `Unable to ${what}: ${first.message}`, { details });
  }
}
