import { Injectable } from '@nestjs/common';
import type { OperationId } from '@dcm/contracts';
import type { Transaction } from '../database/transaction.repository';
import { DirectoryRepository } from '../directory/directory.repository';
import { Admission } from '../policies/admission.policy';
import type { Change } from '../operations/change';
import { WorkBell } from '../operations/work-bell';
import { dispatch } from './dispatch.policy';
import { DispatchRepository } from './dispatch.repository';
import { gateOf } from './gate.policy';

/** A create that was queued just now. */
interface Queued {
  readonly change: Change;
  readonly id: OperationId;
}

/**
 * Begins creates in the transaction that queues them, where their site has a place for each and nobody waits there: then there is nothing to
 * be fair about. All else is left to the dispatcher.
 */
@Injectable()
export class PromptDispatch {
  constructor(
    private readonly picks: DispatchRepository,
    private readonly directory: DirectoryRepository,
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

  /** Has the dispatcher look for what may begin. */
  ring(): void {
    this.bell.ring();
  }

  private async hasPlaces(manager: Transaction, name: string, wanted: number): Promise<boolean> {
    // The second counts when the first has its lock.
    const [site, { running, isAwaited, now }] = await Promise.all([
      this.directory.lockSiteIfFree(manager, name),
      this.picks.crowd(manager, name),
    ]);
    if (site?.state !== 'online' || isAwaited) return false;
    const gate = gateOf(site, running, now);
    return gate.isOpen && gate.places >= wanted;
  }
}

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
