import { Inject, Injectable } from '@nestjs/common';
import type { Fact } from '@dcm/contracts';
import { canonicalJson } from '@dcm/runtime';
import { APPROVALS_CONFIG, type ApprovalsConfig } from '../approvals.config';
import { ChangeService } from '../journal/change.service';
import { siteEntry } from './directory.repository';
import { InventoryService } from './inventory.service';
import { SitesRepository, type HeardSite } from './sites.repository';

type Announced = Fact<'io.dcm.fact.announced.v1'>;

/** How old `announcedAt` of a site that goes on saying the same may become. */
const staleMs = 300_000;
const missedAnnouncements = 3;

/** What provisioners announce: that they are there, what their platform is, and the key to seal guest secrets with. */
@Injectable()
export class AnnouncementsService {
  /** Monotonic. While this process did not listen, silence proves nothing. */
  private readonly listeningSince = performance.now();

  constructor(
    @Inject(APPROVALS_CONFIG) private readonly config: Pick<ApprovalsConfig, 'DCM_ANNOUNCE_MS'>,
    private readonly changes: ChangeService,
    private readonly sites: SitesRepository,
    private readonly inventory: InventoryService,
  ) {}

  /** Takes over what is new; most announcements only say that the site is still there. */
  async hear(fact: Announced): Promise<void> {
    await this.changes.change(async (manager, voice) => {
      const heard = await this.sites.hear(manager, fact.site, staleMs);
      if (heard !== undefined && isNews(heard, fact)) {
        voice.tell(siteEntry(await this.sites.announce(manager, fact), 'announced'));
      }
      await this.inventory.ask(manager, voice, fact.site);
    });
  }

  /** Marks the sites whose last announcements did not come. @returns their names. */
  silence(): Promise<string[]> {
    const afterMs = missedAnnouncements * this.config.DCM_ANNOUNCE_MS;
    if (performance.now() - this.listeningSince <= afterMs) return Promise.resolve([]);
    return this.changes.change(async (manager, { tell }) => {
      const silenced = await this.sites.silence(manager, afterMs);
      tell(...silenced.map((site) => siteEntry(site, 'silent')));
      return silenced.map((site) => site.name);
    });
  }
}

/**
 * That fewer VMs are looked at for one command holds at once; that more are is taken over with the next announcement that is told anyway: while
 * provisioners of two versions serve a site, the earlier's word counts.
 */
const isNews = ({ site, looksAtOnce, isStale }: HeardSite, fact: Announced): boolean =>
  isStale ||
  looksAtOnce > (fact.looksAtOnce ?? 1) ||
  site.state === 'silent' ||
  site.sealingKey !== fact.sealingKey ||
  (fact.description !== null && canonicalJson(site.description) !== canonicalJson(fact.description));
