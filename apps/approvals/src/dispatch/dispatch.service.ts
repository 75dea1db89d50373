import { Injectable } from '@nestjs/common';
import { failpoint } from '@dcm/runtime';
import { DirectoryRepository } from '../directory/directory.repository';
import { OperationsService } from '../operations/operations.service';
import { isOfferOld } from '../operations/resize-offer.policy';
import type { Work } from '../operations/work';
import { dispatch, waitForCap, waitForPlace, waitForSite } from './dispatch.policy';
import { DispatchRepository, turnMs } from './dispatch.repository';
import { gateOf, type Gate } from './gate.policy';
import { HandOut } from './hand-out.service';

/** How many operations were picked on a site and began, of how many that could. */
interface Filled {
  readonly picked: number;
  readonly begun: number;
  readonly places: number;
}

const nothing: Filled = { picked: 0, begun: 0, places: 0 };
const hasMore = ({ picked, begun, places }: Filled): boolean => picked > 0 && begun < places;

/** What is shown to wait for something else than the cap. */
const outdated = ['capacity', 'site', 'circuit'] as const;

/** Hands out work: the one place that decides about concurrency and fairness. A site's row is locked while its work is chosen. */
@Injectable()
export class DispatchService {
  constructor(
    private readonly service: OperationsService,
    private readonly handOut: HandOut,
    private readonly picks: DispatchRepository,
    private readonly directory: DirectoryRepository,
  ) {}

  /**
   * Fills the free places of every site. A site in trouble does not keep the others waiting.
   * @returns whether some site took work and has more places: somebody else may have been changing what waits, or it is planned anew.
   */
  async dispatchAll(): Promise<boolean> {
    const sites = await this.picks.sitesWithWork();
    const results = await Promise.allSettled(sites.map((site) => this.dispatchSite(site)));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    return results.some((result) => result.status === 'fulfilled' && hasMore(result.value));
  }

  /** As `dispatchAll`, one site. */
  async dispatchSite(name: string): Promise<Filled> {
    const filled = await this.service.transact(async (work) => {
      // The second counts when the first has its lock.
      const [site, { running, now }] = await Promise.all([
        this.directory.lockSite(work.manager, name),
        this.picks.crowd(work.manager, name),
      ]);
      if (site === undefined) return nothing;
      const cause = site.state === 'paused' ? await this.picks.pauseCause(work.manager, name) : null;
      const gate = gateOf(site, running, now, cause);
      return gate.isOpen ? this.fill(work, name, gate.places) : this.hold(work, name, gate);
    });
    if (filled.picked > 0) failpoint('dispatch.committed');
    return filled;
  }

  /**
   * Tells those who have waited for a while that their site's cap is reached, also those who are told yet that it does not answer: some at a
   * time, and beside the dispatching, for each of them is one more event while there is most to do.
   */
  async tellCaps(): Promise<void> {
    for (const site of await this.picks.cappedSites(outdated)) {
      await this.service.transact(async (work) => {
        await this.handOut.apply(work, await this.picks.pickWaiting(work.manager, site, outdated, turnMs), waitForCap);
      });
    }
  }

  private async fill(work: Work, site: string, places: number): Promise<Filled> {
    const picked = places === 0 ? [] : await this.picks.pickDue(work.manager, site, places);
    const begun = await this.handOut.apply(work, picked, dispatch, isOfferOld);
    await this.handOut.apply(work, await this.picks.pickWaiting(work.manager, site, ['site', 'circuit']), waitForPlace);
    if (picked.length > 0) failpoint('dispatch.before');
    return { picked: picked.length, begun, places };
  }

  private async hold(work: Work, site: string, gate: Extract<Gate, { isOpen: false }>): Promise<Filled> {
    const others = ['capacity', 'cap', gate.isCircuit ? 'site' : 'circuit'] as const;
    const picked = await this.picks.pickWaiting(work.manager, site, others);
    await this.handOut.apply(work, picked, (change, id) => {
      waitForSite(change, id, gate);
    });
    return nothing;
  }
}
