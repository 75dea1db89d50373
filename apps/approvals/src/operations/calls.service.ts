import { Injectable } from '@nestjs/common';
import { DcmError, type AdminActor, type AdminOutput, type TenantId } from '@dcm/contracts';
import { isPlatformAdmin, notFound } from '../admin/actor.policy';
import type { CallInput, OperationCalls } from '../admin/ports';
import { decide } from './approval.policy';
import { CancelService } from './cancel.service';
import { OperationRepository } from './operation.repository';
import { OperationsService } from './operations.service';

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
    if (!isPlatformAdmin(actor) && !actor.roles.some((role) => writers.includes(role))) {
      throw new DcmError('PERMISSION_DENIED', `Unable to ${what}: the caller's roles do not allow it`);
    }
    return this.cancels.cancel(operationId, scopeOf(actor, what), actor.principal);
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

/** Whose things an actor may touch. @returns null: everybody's. @throws DcmError NOT_FOUND for an actor of no tenant. */
function scopeOf(actor: AdminActor, what: string): TenantId | null {
  if (isPlatformAdmin(actor)) return null;
  if (actor.tenantId === null) throw notFound(what);
  return actor.tenantId;
}
