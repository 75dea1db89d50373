import { Injectable } from '@nestjs/common';
import { DcmError, type AdminActor, type AdminOutput, type Operation } from '@dcm/contracts';
import type { OperationId, TenantId } from '@dcm/contracts';
import { notFound } from '../admin/actor.policy';
import type { CallInput, OperationCalls } from '../admin/ports';
import { resubmittable } from '../requests/resubmit.policy';
import { decide, mayRaise, supersededRefusal } from './approval.policy';
import { assertWriter, scopeOf } from './caller.policy';
import { CancelService } from './cancel.service';
import type { Change } from './change';
import { OperationRepository } from './operation.repository';
import { OperationsService } from './operations.service';
import { retryNow } from './retry-now.policy';
import { SiteCalls } from './site-calls.service';

/** What people may do with operations, as the admin door asks for it. */
@Injectable()
export class CallsService implements OperationCalls {
  constructor(
    private readonly operations: OperationRepository,
    private readonly service: OperationsService,
    private readonly cancels: CancelService,
    private readonly sites: SiteCalls,
  ) {}

  /** @throws as `ConsoleService.open`. */
  console(input: CallInput<'admin.vm.console'>, actor: AdminActor): Promise<AdminOutput<'admin.vm.console'>> {
    return this.sites.console(input, actor);
  }

  /** @throws as `QuotesService.quote`. */
  quote(input: CallInput<'quote'>, actor: AdminActor): Promise<AdminOutput<'quote'>> {
    return this.sites.quote(input, actor);
  }

  /** @throws DcmError NOT_FOUND, PERMISSION_DENIED, CONFLICT. */
  async cancel(
    { operationId }: CallInput<'admin.operation.cancel'>,
    actor: AdminActor,
  ): Promise<AdminOutput<'admin.operation.cancel'>> {
    const what = `cancel operation ${operationId}`;
    assertWriter(actor, what);
    return this.cancels.cancel(operationId, scopeOf(actor, what), actor.principal);
  }

  /** @throws DcmError NOT_FOUND, PERMISSION_DENIED, CONFLICT. */
  async retry(
    { operationId }: CallInput<'admin.operation.retry'>,
    actor: AdminActor,
  ): Promise<AdminOutput<'admin.operation.retry'>> {
    const what = `retry operation ${operationId}`;
    assertWriter(actor, what);
    const { vmId, done, state } = await this.find(operationId, scopeOf(actor, what), what);
    if (done || vmId === null) throw new DcmError('CONFLICT', `Unable to ${what}: it is ${state} already`);
    return this.service.change({ vmId, operationId }, (change) => {
      retryNow(change, operationId, actor.principal);
      return change.operation(operationId).doc;
    });
  }

  /** @throws DcmError NOT_FOUND, PERMISSION_DENIED, CONFLICT. */
  async asked(
    { operationId }: CallInput<'admin.operation.asked'>,
    actor: AdminActor,
  ): Promise<AdminOutput<'admin.operation.asked'>> {
    const what = `resubmit operation ${operationId}`;
    assertWriter(actor, what);
    const doc = await this.find(operationId, scopeOf(actor, what), what);
    return resubmittable(doc, await this.operations.asked(operationId));
  }

  /** @throws DcmError NOT_FOUND, PERMISSION_DENIED, SELF_APPROVAL, PLAN_CHANGED, CONFLICT. */
  async decide(input: CallInput<'approval.decide'>, actor: AdminActor): Promise<AdminOutput<'approval.decide'>> {
    const what = `decide on approval ${input.approvalId}`;
    const tenantId = scopeOf(actor, what);
    const known = await this.operations.findApproval(input.approvalId);
    if (known === undefined || (tenantId !== null && known.tenantId !== tenantId)) throw notFound(what);
    const wantsQuota = (change: Change): boolean => mayRaise(change, known.id);
    const target = { vmId: known.vmId, operationId: known.operationId, wantsQuota };
    return this.service.change(target, (change, admission) => {
      const approval = change.approval(known.id);
      // The operation has gone on to another question.
      if (approval === undefined) throw supersededRefusal(known);
      return decide(change, approval, input, { ...actor, admission });
    });
  }

  /** @param tenantId null: of any tenant. @throws DcmError NOT_FOUND. */
  private async find(id: OperationId, tenantId: TenantId | null, what: string): Promise<Operation> {
    const doc = (await this.operations.find(id))?.doc;
    if (doc === undefined || (tenantId !== null && doc.tenantId !== tenantId)) throw notFound(what);
    return doc;
  }
}
