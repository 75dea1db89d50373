import { Injectable } from '@nestjs/common';
import { DcmError, type AdminActor, type AdminOutput, type TenantId } from '@dcm/contracts';
import { isPlatformAdmin, notFound } from '../admin/actor.policy';
import type { CallInput, OperationCalls } from '../admin/ports';
import { decide } from './approval.policy';
import { CancelService } from './cancel.service';
import { OperationRepository } from './operation.repository';
import { OperationsService } from './operations.service';
import { retryNow } from './retry-now.policy';

const writers: readonly string[] = ['tenant-admin', 'developer', 'service'];

/** What people may do with operations, as the admin door asks for it. */
@Injectable()
export class CallsService implements OperationCalls {
  constructor(
    private readonly operations: OperationRepository,
    private readonly service: OperationsService,
    private readonly cancels: CancelService,
  ) {}

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
    const tenantId = scopeOf(actor, what);
    const doc = (await this.operations.find(operationId))?.doc;
    if (doc === undefined || (tenantId !== null && doc.tenantId !== tenantId)) throw notFound(what);
    const { vmId } = doc;
    if (doc.done || vmId === null) throw new DcmError('CONFLICT', `Unable to ${what}: it is ${doc.state} already`);
    return this.service.change({ vmId, operationId }, (change) => {
      retryNow(change, operationId, actor.principal);
      return change.operation(operationId).doc;
    });
  }

  /** @throws DcmError NOT_FOUND, PERMISSION_DENIED, SELF_APPROVAL, PLAN_CHANGED, CONFLICT. */
  async decide(input: CallInput<'approval.decide'>, actor: AdminActor): Promise<AdminOutput<'approval.decide'>> {
    const what = `decide on approval ${input.approvalId}`;
    const tenantId = scopeOf(actor, what);
    const known = await this.operations.findApproval(input.approvalId);
    if (known === undefined || (tenantId !== null && known.tenantId !== tenantId)) throw notFound(what);
    return this.service.change({ vmId: known.vmId, operationId: known.operationId }, (change) => {
      const approval = change.approval(known.id);
      if (approval === undefined) throw notFound(what);
      return decide(change, approval, input, actor);
    });
  }
}

function assertWriter(actor: AdminActor, what: string): void {
  if (isPlatformAdmin(actor) || actor.roles.some((role) => writers.includes(role))) return;
  throw new DcmError('PERMISSION_DENIED', `Unable to ${what}: the caller's roles do not allow it`);
}

/** Whose things an actor may touch. @returns null: everybody's. @throws DcmError NOT_FOUND for an actor of no tenant. */
function scopeOf(actor: AdminActor, what: string): TenantId | null {
  if (isPlatformAdmin(actor)) return null;
  if (actor.tenantId === null) throw notFound(what);
  return actor.tenantId;
}
