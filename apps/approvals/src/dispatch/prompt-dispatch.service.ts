import { Injectable } from '@nestjs/common';
import type { OperationId, Site } from '@dcm/contracts';
import { failpoint } from '@dcm/runtime';
import type { Transaction } from '../database/transaction.repository';
import { DirectoryRepository } from '../directory/directory.repository';
import { Admission } from '../policies/admission.policy';
import type { Change } from '../operations/change';
import { isOfferOld } from '../operations/resize-offer.policy';
import type { Work } from '../operations/work';
import { WorkBell } from '../operations/work-bell';
import { dispatch } from './dispatch.policy';
import { DispatchRepository, type Crowd } from './dispatch.repository';
import { gateOf } from './gate.policy';
import { HandOut } from './hand-out.service';

/** A create that was queued just now. */
interface Queued {
  readonly change: Change;
  readonly id: OperationId;
}

/**
 * Begins work without the dispatcher: creates in the transaction that queues them, where their site has a place for each and nobody waits there,
 * for then there is nothing to be fair about; and what waits longest in the transaction that frees its place. All else is left to the dispatcher.
 */
@Injectable()
export class PromptDispatch {
  constructor(
    private readonly picks: DispatchRepository,
    private readonly directory: DirectoryRepository,
    private readonly handOut: HandOut,
    private readonly bell: WorkBell,
  ) {}

  /** A site whose row somebody else has locked is passed over: whoever decides here may hold locks that come after a site's. */
  async begin(manager: Transaction, changes: Iterable<Change>): Promise<void> {
    const bySite = new Map<string, Queued[]>();
    for (const one of [...changes].flatMap(queuedIn)) {
      const { name } = one.change.site;
      bySite.set(name, [...(bySite.get(name) ?? []), one]);
    }
    for (const [site, queued] of bySite) if (await this.hasPlaces(manager, site, queued.length)) queued.forEach(start);
  }

  /**
   * Gives the places that stored changes have freed to others. The dispatcher need not look after a site that is full then; what somebody else
   * has locked is left to it, for the same reason as above.
   * @returns whether anything was decided about that waited.
   */
  async refill(work: Work, changes: Iterable<Change>): Promise<boolean> {
    const bySite = new Map<string, Change[]>();
    for (const change of [...changes].filter(freesPlace)) {
      const { name } = change.site;
      bySite.set(name, [...(bySite.get(name) ?? []), change]);
    }
    let picked = 0;
    for (const [site, freeing] of bySite) {
      const filled = await this.refillSite(work, site, freeing.length);
      picked += filled.picked;
      if (filled.isFull) for (const change of freeing) change.concernsDispatch = false;
    }
    return picked > 0;
  }

  /** Has the dispatcher look for what may begin. */
  ring(): void {
    this.bell.ring();
  }

  private async refillSite(work: Work, name: string, freed: number): Promise<{ picked: number; isFull: boolean }> {
    const { manager } = work;
    // What was picked is let go with the commit where it cannot begin.
    const [[site, { running, isAwaited, now }], due] = await Promise.all([
      this.look(manager, name),
      this.picks.pickDue(manager, name, freed),
    ]);
    // Somebody may be queuing work at this moment, and see the place only when this is committed.
    if (!isAwaited || site?.state !== 'online') return { picked: 0, isFull: false };
    const gate = gateOf(site, running, now);
    const places = gate.isOpen ? gate.places : 0;
    const picked = due.slice(0, places);
    const begun = await this.handOut.apply(work, picked, (change, id, admission) => {
      // Its price may want more of the quota, whose locks may be held already.
      if (!isOfferOld(change, id)) dispatch(change, id, admission);
    });
    if (picked.length > 0) failpoint('dispatch.refilled');
    return { picked: picked.length, isFull: begun === places };
  }

  /** A site that nobody else has locked, and how full it is under that lock. */
  private look(manager: Transaction, name: string): Promise<[Site | undefined, Crowd]> {
    // The second counts when the first has its lock.
    return Promise.all([this.directory.lockSiteIfFree(manager, name), this.picks.crowd(manager, name)]);
  }

  private async hasPlaces(manager: Transaction, name: string, wanted: number): Promise<boolean> {
    const [site, { running, isAwaited, now }] = await this.look(manager, name);
    if (site?.state !== 'online' || isAwaited) return false;
    const gate = gateOf(site, running, now);
    return gate.isOpen && gate.places >= wanted;
  }
}

const freesPlace = ({ scene, changedOperations }: Change): boolean => {
  const before = new Map(scene.operations.map(({ doc }) => [doc.id, doc.state]));
  return changedOperations.some(({ doc }) => doc.state !== 'running' && before.get(doc.id) === 'running');
};

const queuedIn = (change: Change): Queued[] => {
  const { hasVm, scene, gate, now } = change;
  if (!hasVm || scene.site === null || gate !== null) return [];
  // Work that cannot be put into words is the dispatcher's to end.
  if (change.vm.spec === null || change.vm.plan === null) return [];
  const before = new Map(scene.operations.map(({ doc }) => [doc.id, doc.state]));
  return change.changedOperations.flatMap(({ doc, nextAt }) => {
    const isNew = doc.state === 'queued' && before.get(doc.id) !== 'queued';
    return isNew && doc.kind === 'vm.create' && nextAt !== null && nextAt <= now ? [{ change, id: doc.id }] : [];
  });
};

function start({ change, id }: Queued): void {
  dispatch(change, id, new Admission([]));
  change.concernsDispatch = false;
}
