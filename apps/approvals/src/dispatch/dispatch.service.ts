import { Inject, Injectable } from '@nestjs/common';
import type { OperationId } from '@dcm/contracts';
import { failpoint, type Log } from '@dcm/runtime';
import { LOG } from '../approvals.config';
import { DirectoryRepository } from '../directory/directory.repository';
import { Change } from '../operations/change';
import { end } from '../operations/ending.policy';
import { OperationsService, type Work } from '../operations/operations.service';
import { isOfferOld } from '../operations/resize-offer.policy';
import type { Admission } from '../policies/admission.policy';
import { dispatch, waitForCap, waitForPlace, waitForSite } from './dispatch.policy';
import { DispatchRepository, turnMs, type Pick } from './dispatch.repository';
import { gateOf, type Gate } from './gate.policy';

type Decide = (change: Change, id: OperationId, admission: Admission) => void;

/** A queued operation, under the lock of its VM. */
interface Pending {
  readonly change: Change;
  readonly id: OperationId;
}

/** Hands out work: the one place that decides about concurrency and fairness. A site's row is locked while its work is chosen. */
@Injectable()
export class DispatchService {
  constructor(
    @Inject(LOG) private readonly log: Log,
    private readonly service: OperationsService,
    private readonly picks: DispatchRepository,
    private readonly directory: DirectoryRepository,
  ) {}

  /** Fills the free places of every site. A site in trouble does not keep the others waiting. */
  async dispatchAll(): Promise<void> {
    const sites = await this.picks.sitesWithWork();
    const results = await Promise.allSettled(sites.map((site) => this.dispatchSite(site)));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  /** @returns how many operations began. */
  async dispatchSite(name: string): Promise<number> {
    const begun = await this.service.transact(async (work) => {
      // The second counts when the first has its lock.
      const [site, { running, now }] = await Promise.all([
        this.directory.lockSite(work.manager, name),
        this.picks.crowd(work.manager, name),
      ]);
      if (site === undefined) return 0;
      const cause = site.state === 'paused' ? await this.picks.pauseCause(work.manager, name) : null;
      const gate = gateOf(site, running, now, cause);
      return gate.isOpen ? this.fill(work, name, gate.places) : this.hold(work, name, gate);
    });
    if (begun > 0) failpoint('dispatch.committed');
    return begun;
  }

  /**
   * Tells those who have waited for a while that their site's cap is reached: some at a time, and beside the dispatching, for each of them is
   * one more event while there is most to do.
   */
  async tellCaps(): Promise<void> {
    for (const site of await this.picks.cappedSites()) {
      await this.service.transact(async (work) => {
        await this.apply(work, await this.picks.pickWaiting(work.manager, site, ['capacity'], turnMs), waitForCap);
      });
    }
  }

  private async fill(work: Work, site: string, places: number): Promise<number> {
    const picked = places === 0 ? [] : await this.picks.pickDue(work.manager, site, places);
    await this.apply(work, picked, dispatch, isOfferOld);
    await this.apply(work, await this.picks.pickWaiting(work.manager, site, ['site', 'circuit']), waitForPlace);
    if (picked.length > 0) failpoint('dispatch.before');
    return picked.length;
  }

  private async hold(work: Work, site: string, gate: Extract<Gate, { isOpen: false }>): Promise<number> {
    const others = ['capacity', 'cap', gate.isCircuit ? 'site' : 'circuit'] as const;
    const picked = await this.picks.pickWaiting(work.manager, site, others);
    await this.apply(work, picked, (change, id) => {
      waitForSite(change, id, gate);
    });
    return 0;
  }

  /** @param wantsQuota what may take more of the quota when it is decided: its scopes are locked before. */
  private async apply(
    work: Work,
    picked: readonly Pick[],
    decide: Decide,
    wantsQuota: (change: Change, id: OperationId) => boolean = () => false,
  ): Promise<void> {
    if (picked.length === 0) return;
    const scenes = await work.scenes({ vmIds: picked.map(({ vmId }) => vmId) });
    const operationOf = new Map(picked.map(({ vmId, operationId }) => [vmId, operationId]));
    const pending = scenes.flatMap((scene): Pending[] => {
      const id = scene.vm === null ? undefined : operationOf.get(scene.vm.doc.id);
      const change = new Change(scene);
      return id === undefined || change.find(id)?.doc.state !== 'queued' ? [] : [{ change, id }];
    });
    const wanting = pending.filter(({ change, id }) => wantsQuota(change, id)).map(({ change }) => change);
    const admission = await work.terms(wanting);
    await work.store(pending.map((one) => this.decideOne(one, decide, admission)));
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
