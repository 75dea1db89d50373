import { Inject, Injectable } from '@nestjs/common';
import type { OperationId, VmId } from '@dcm/contracts';
import { failpoint, type Log } from '@dcm/runtime';
import { LOG } from '../approvals.config';
import type { Transaction } from '../database/transaction.repository';
import { changesOf, leadOf } from './batch.policy';
import type { Change } from './change';
import { HeartbeatService } from './heartbeat.service';
import { sendDueLooks } from './look.policy';
import { OperationsService } from './operations.service';
import { askForPlan } from './planning.policy';
import { SweepRepository } from './sweep.repository';
import { wake } from './wake.policy';

const batch = 50;
/** Of one kind of work, before the others have their turn again. */
const mostRounds = 40;

interface DueVm {
  readonly vmId: VmId;
}

/** Acts on everything that did not happen in time. */
@Injectable()
export class SweepService {
  constructor(
    @Inject(LOG) private readonly log: Log,
    private readonly service: OperationsService,
    private readonly due: SweepRepository,
    private readonly heartbeat: HeartbeatService,
  ) {}

  /** One round. Leases are put right before any is called expired; while nobody can renew them, none is. */
  async sweep(): Promise<void> {
    if (!(await this.heartbeat.beat())) return;
    failpoint('sweep.beat');
    if (!(await this.due.isAnythingDue())) return;
    await this.untilEmpty(
      (manager) => this.due.dueOperations(manager, batch),
      (change, { operationId }) => {
        wake(change, operationId);
      },
    );
    await this.untilEmpty(
      (manager) => this.due.plannableOperations(manager, batch),
      (change, { operationId }) => {
        planIfAccepted(change, operationId);
      },
    );
    await this.untilEmpty(
      (manager) => this.due.dueInBatches(manager, batch),
      (change, { operationId }) => {
        wake(change, operationId);
        if (leadOf(change)?.id === operationId) planIfAccepted(change, operationId);
      },
    );
    await this.untilEmpty((manager) => this.due.dueLooks(manager, batch), sendDueLooks);
  }

  private async untilEmpty<T extends DueVm>(
    find: (manager: Transaction) => Promise<readonly T[]>,
    decide: (change: Change, due: T) => void,
  ): Promise<void> {
    for (let round = 0; round < mostRounds; round++) {
      if ((await this.round(find, decide)) < batch) return;
    }
  }

  private async round<T extends DueVm>(
    find: (manager: Transaction) => Promise<readonly T[]>,
    decide: (change: Change, due: T) => void,
  ): Promise<number> {
    const done = await this.service.transact(async ({ manager, scenes, store }) => {
      const found = await find(manager);
      if (found.length === 0) return 0;
      const changes = changesOf(await scenes({ vmIds: found.map(({ vmId }) => vmId) }));
      for (const one of found) this.decideOne(changes, one, decide);
      await store([...changes.values()]);
      const left = found.map(({ vmId }) => vmId).filter((vmId) => !changes.has(vmId));
      await this.due.postpone(manager, left);
      failpoint('sweep.before');
      return found.length;
    });
    if (done > 0) failpoint('sweep.committed');
    return done;
  }

  /** A VM that cannot be decided about is left for later, so that the others go on. */
  private decideOne<T extends DueVm>(
    changes: Map<VmId, Change>,
    due: T,
    decide: (change: Change, due: T) => void,
  ): void {
    const change = changes.get(due.vmId);
    if (change === undefined) return;
    const together = change.batch.length > 0 ? change.batch : [change];
    try {
      decide(change, due);
    } catch (error) {
      this.log.error({ err: error, vmId: due.vmId }, 'Unable to act on what is due, trying again in a minute');
      for (const { vm } of together) changes.delete(vm.doc.id);
    }
  }
}

function planIfAccepted(change: Change, id: OperationId): void {
  if (change.find(id)?.doc.state === 'accepted') askForPlan(change, id);
}
