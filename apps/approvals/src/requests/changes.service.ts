import { Injectable } from '@nestjs/common';
import type { VmId } from '@dcm/contracts';
import { failpoint, vmIdOf } from '@dcm/runtime';
import { CancelService } from '../operations/cancel.service';
import { changesOf } from '../operations/batch.policy';
import { Change } from '../operations/change';
import { OperationsService } from '../operations/operations.service';
import type { Work } from '../operations/work';
import { refuse } from './create.policy';
import { DecisionsService } from './decisions.service';
import { IntakeRepository } from './intake.repository';
import { isRepeat, type ChangeOrder, type Order } from './order.policy';
import { askedOfChange } from './resubmit.policy';

/** Takes in requests that change a VM or an operation that exists: one transaction each. */
@Injectable()
export class ChangesService {
  constructor(
    private readonly service: OperationsService,
    private readonly intake: IntakeRepository,
    private readonly cancels: CancelService,
    private readonly decisions: DecisionsService,
  ) {}

  /** @throws DcmError IDEMPOTENCY_KEY_REUSED; for a cancel NOT_FOUND, CONFLICT. */
  async accept(order: Order): Promise<void> {
    if (order.kind === 'change') await this.acceptChange(order.vmId, order.change);
    if (order.kind === 'refusal') await this.refuse(order);
    if (order.kind === 'cancel') await this.cancels.cancel(order.operationId, order.tenantId, order.by);
  }

  private refuse({ refused, error }: Extract<Order, { kind: 'refusal' }>): Promise<void> {
    return this.service.transact(async (work) => {
      const earlier = await this.intake.existing(work.manager, [refused.id]);
      if (isRepeat(refused, earlier.get(refused.id))) return;
      const change = new Change(await work.emptyScene());
      const vmId = refused.kind === 'vm.create' ? vmIdOf(refused.id) : null;
      refuse(change, refused, { projectId: null, vmId, site: null }, error);
      await work.store([change]);
    });
  }

  private async acceptChange(vmId: VmId, order: ChangeOrder): Promise<void> {
    await this.service.transact(async (work) => {
      const { change, all } = await changesFor(work, vmId, order);
      const earlier = await this.intake.existing(work.manager, [order.id]);
      if (isRepeat(order, earlier.get(order.id))) return;
      await this.decisions.decide(work.manager, change, vmId, order);
      await work.store(all);
      await this.intake.keep(work.manager, [{ operationId: order.id, ...askedOfChange(vmId, order) }]);
      failpoint('change.before');
    });
    failpoint('change.committed');
  }
}

interface ChangesFor {
  readonly change: Change;
  /** With those of VMs that are decided about together. */
  readonly all: readonly Change[];
}

/** A VM of another tenant is as unknown as one that is not there. */
async function changesFor(work: Work, vmId: VmId, order: ChangeOrder): Promise<ChangesFor> {
  const changes = changesOf(await work.scenes({ vmIds: [vmId] }));
  const change = changes.get(vmId);
  if (change?.vm.doc.tenantId === order.tenantId) return { change, all: [...changes.values()] };
  const nowhere = new Change(await work.emptyScene());
  return { change: nowhere, all: [nowhere] };
}
