import { Inject, Injectable } from '@nestjs/common';
import { noAmount, type DcmErrorBody, type VmId } from '@dcm/contracts';
import { APPROVALS_CONFIG, type ApprovalsConfig } from '../approvals.config';
import type { Transaction } from '../database/transaction.repository';
import { placeOf } from '../operations/begin.mapper';
import type { Change } from '../operations/change';
import { askPower, refuseIfMoved } from './change.policy';
import { refuse } from './create.policy';
import { DeletesService } from './deletes.service';
import { IntakeRepository } from './intake.repository';
import type { ChangeOrder } from './order.policy';
import { refusalOfResubmit } from './resubmit.policy';
import { ResizesService } from './resizes.service';
import type { SnapshotGoal } from '../operations/goal.entity';
import { beyond } from '../policies/admission.policy';
import { admitSnapshot, snapshotGoalOf, snapshotRefusal, type SnapshotOrder } from './snapshot.policy';

/** Decides on requests that change a VM, under its lock. */
@Injectable()
export class DecisionsService {
  constructor(
    @Inject(APPROVALS_CONFIG) private readonly config: Pick<ApprovalsConfig, 'DCM_MAX_SNAPSHOTS'>,
    private readonly resizes: ResizesService,
    private readonly intake: IntakeRepository,
    private readonly deletes: DeletesService,
  ) {}

  async decide(manager: Transaction, change: Change, vmId: VmId, order: ChangeOrder): Promise<void> {
    if (!change.hasVm) {
      const nowhere = { projectId: null, vmId: null, site: null };
      refuse(change, order, nowhere, { code: 'NOT_FOUND', message: `Unable to change VM ${vmId}: it is not known` });
      return;
    }
    const notAgain = refusalOfResubmit(order, await this.intake.earlier(manager, [order]), vmId);
    if (notAgain !== null) {
      refuse(change, order, placeOf(change.vm.doc), notAgain);
      return;
    }
    if (refuseIfMoved(change, order)) return;
    const { power, resize, snapshot } = order;
    if (power !== undefined) askPower(change, { ...order, power });
    else if (resize !== undefined) await this.resizes.ask(manager, change, { ...order, resize });
    else if (snapshot !== undefined) await this.askSnapshot(manager, change, { ...order, snapshot });
    else await this.deletes.ask(manager, change, order);
  }

  private async askSnapshot(manager: Transaction, change: Change, order: SnapshotOrder): Promise<void> {
    const refusal = snapshotRefusal(change, order, this.config.DCM_MAX_SNAPSHOTS);
    const goal = refusal === null ? snapshotGoalOf(change, order) : undefined;
    if (goal === undefined) {
      const nothing = { code: 'INTERNAL', message: 'Unable to decide on the request' } as const;
      refuse(change, order, placeOf(change.vm.doc), refusal ?? nothing);
      return;
    }
    admitSnapshot(change, order, goal, await this.excessOf(manager, change, goal));
  }

  /** A revert takes the size of then again, a new snapshot one of those that there may be. */
  private async excessOf(
    manager: Transaction,
    change: Change,
    { revertsTo, work }: SnapshotGoal,
  ): Promise<DcmErrorBody | null> {
    const one = { ...noAmount, snapshots: work.action === 'create' ? 1 : 0 };
    const more = revertsTo === undefined ? one : beyond(revertsTo.amounts, change.scene.amounts);
    return (await this.resizes.excessOf(manager, change, more))?.error ?? null;
  }
}
