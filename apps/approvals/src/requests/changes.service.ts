import { Injectable } from '@nestjs/common';
import type { VmId } from '@dcm/contracts';
import { failpoint } from '@dcm/runtime';
import type { Transaction } from '../database/transaction.repository';
import { CancelService } from '../operations/cancel.service';
import { Change } from '../operations/change';
import { OperationsService, type Work } from '../operations/operations.service';
import { askDelete, askPower, refuseIfMoved } from './change.policy';
import { refuse } from './create.policy';
import { IntakeRepository } from './intake.repository';
import { isRepeat, type ChangeOrder, type Order } from './order.policy';
import { ResizesService } from './resizes.service';

/** Takes in requests that change a VM or an operation that exists: one transaction each. */
@Injectable()
export class ChangesService {
  constructor(
    private readonly service: OperationsService,
    private readonly intake: IntakeRepository,
    private readonly cancels: CancelService,
    private readonly resizes: ResizesService,
  ) {}

  /** @throws DcmError IDEMPOTENCY_KEY_REUSED; for a cancel NOT_FOUND, CONFLICT. */
  async accept(order: Order): Promise<void> {
    if (order.kind === 'change') await this.acceptChange(order.vmId, order.change);
    if (order.kind === 'cancel') await this.cancels.cancel(order.operationId, order.tenantId, order.by);
  }

  private async acceptChange(vmId: VmId, order: ChangeOrder): Promise<void> {
    await this.service.transact(async (work) => {
      const change = await changeOf(work, vmId, order);
      const earlier = await this.intake.existing(work.manager, [order.id]);
      if (isRepeat(order, earlier.get(order.id))) return;
      await this.decide(work.manager, change, vmId, order);
      await work.store([change]);
      failpoint('change.before');
    });
    failpoint('change.committed');
  }

  private async decide(manager: Transaction, change: Change, vmId: VmId, order: ChangeOrder): Promise<void> {
    if (!change.hasVm) {
      const nowhere = { projectId: null, vmId: null, site: null };
      refuse(change, order, nowhere, { code: 'NOT_FOUND', message: `Unable to change VM ${vmId}: it is not known` });
      return;
    }
    if (refuseIfMoved(change, order)) return;
    if (order.power !== undefined) askPower(change, { ...order, power: order.power });
    else if (order.resize !== undefined) await this.resizes.ask(manager, change, { ...order, resize: order.resize });
    else askDelete(change, order);
  }
}

/** A VM of another tenant is as unknown as one that is not there. */
async function changeOf(work: Work, vmId: VmId, order: ChangeOrder): Promise<Change> {
  const [scene] = await work.scenes({ vmIds: [vmId] });
  const isOwn = scene?.vm?.doc.tenantId === order.tenantId;
  return new Change(scene !== undefined && isOwn ? scene : await work.emptyScene());
}
