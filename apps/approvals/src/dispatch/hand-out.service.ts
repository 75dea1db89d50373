import { Inject, Injectable } from '@nestjs/common';
import type { OperationId } from '@dcm/contracts';
import type { Log } from '@dcm/runtime';
import { LOG } from '../approvals.config';
import { Change } from '../operations/change';
import { end } from '../operations/ending.policy';
import type { Work } from '../operations/work';
import type { Admission } from '../policies/admission.policy';
import type { Pick } from './dispatch.repository';

type Decide = (change: Change, id: OperationId, admission: Admission) => void;

/** A queued operation, under the lock of its VM. */
interface Pending {
  readonly change: Change;
  readonly id: OperationId;
}

/** Decides about operations that were picked under the locks of their VMs. */
@Injectable()
export class HandOut {
  constructor(@Inject(LOG) private readonly log: Log) {}

  /**
   * @param wantsQuota what may take more of the quota when it is decided: its scopes are locked before.
   * @returns how many run now: what is planned anew, or judged anew, does not.
   */
  async apply(
    work: Work,
    picked: readonly Pick[],
    decide: Decide,
    wantsQuota: (change: Change, id: OperationId) => boolean = () => false,
  ): Promise<number> {
    if (picked.length === 0) return 0;
    const scenes = await work.scenes({ vmIds: picked.map(({ vmId }) => vmId) });
    const operationOf = new Map(picked.map(({ vmId, operationId }) => [vmId, operationId]));
    const pending = scenes.flatMap((scene): Pending[] => {
      const id = scene.vm === null ? undefined : operationOf.get(scene.vm.doc.id);
      const change = new Change(scene);
      return id === undefined || change.find(id)?.doc.state !== 'queued' ? [] : [{ change, id }];
    });
    const wanting = pending.filter(({ change, id }) => wantsQuota(change, id)).map(({ change }) => change);
    const admission = await work.terms(wanting);
    const decided = pending.map((one) => this.decideOne(one, decide, admission));
    await work.store(decided);
    return pending.filter(({ id }, index) => decided[index]?.operation(id).doc.state === 'running').length;
  }

  /** Work that cannot be put into words ends as our own failure; it does not keep its site's other work waiting. */
  private decideOne({ change, id }: Pending, decide: Decide, admission: Admission): Change {
    try {
      decide(change, id, admission);
      return change;
    } catch (error) {
      this.log.error({ err: error, operationId: id }, 'Unable to dispatch an operation');
      const failed = new Change(change.scene);
      const message = 'Unable to dispatch the operation: a defect in DCM, see the logs';
      end(failed, id, { state: 'failed', error: { code: 'INTERNAL', message } });
      return failed;
    }
  }
}
