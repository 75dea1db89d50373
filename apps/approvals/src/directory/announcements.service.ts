import { Inject, Injectable } from '@nestjs/common';
import type { Fact } from '@dcm/contracts';
import { canonicalJson, type Log } from '@dcm/runtime';
import { LOG } from '../approvals.config';
import { ChangeService } from '../journal/change.service';
import { siteEntry } from './directory.repository';
import { InventoryService } from './inventory.service';
import { SitesRepository, type HeardSite } from './sites.repository';

type Announced = Fact<'io.dcm.fact.announced.v1'>;

/** How old `announcedAt` of a site that goes on saying the same may become. */
const staleMs = 300_000;

/** What provisioners announce: that they are there, what their platform is, and the key to seal guest secrets with. */
@Injectable()
export class AnnouncementsService {
  constructor(
    @Inject(LOG) private readonly log: Log,
    private readonly changes: ChangeService,
    private readonly sites: SitesRepository,
    private readonly inventory: InventoryService,
  ) {}

  /** Takes over what is new; most announcements only say that the site is still there. */
  async hear(fact: Announced): Promise<void> {
    if (!fact.health.reachable || !fact.health.loggedIn || fact.health.missingPrivileges.length > 0) {
      this.log.warn({ site: fact.site, health: fact.health }, 'a provisioner has trouble with its site');
    }
    await this.changes.change(async (manager, voice) => {
      const heard = await this.sites.hear(manager, fact.site, staleMs);
      if (heard !== undefined && isNews(heard, fact)) {
        voice.tell(siteEntry(await this.sites.announce(manager, fact), 'announced'));
      }
      await this.inventory.ask(manager, voice, fact.site);
    });
  }

  /** Marks the sites that have not been heard of for `afterMs`. */
  async silence(afterMs: number): Promise<void> {
    const silenced = await this.changes.change(async (manager, { tell }) => {
      const sites = await this.sites.silence(manager, afterMs);
      tell(...sites.map((site) => siteEntry(site, 'silent')));
      return sites;
    });
    for (const site of silenced) this.log.warn({ site: site.name }, 'a site fell silent');
  }
}

const isNews = ({ site, isStale }: HeardSite, fact: Announced): boolean =>
  isStale ||
  site.state === 'silent' ||
  site.sealingKey !== fact.sealingKey ||
  (fact.description !== null && canonicalJson(site.description) !== canonicalJson(fact.description));
