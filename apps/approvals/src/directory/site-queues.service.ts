import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { siteTopology, type Broker } from '@dcm/messaging';
import type { Log } from '@dcm/runtime';
import { BROKER, LOG } from '../approvals.config';
import { DATABASE, type Database } from '../database/transaction.repository';
import { SitesRepository } from './sites.repository';

/** Declares every registered site's work queues, so that work waits there for a provisioner that was never started. */
@Injectable()
export class SiteQueues implements OnApplicationBootstrap {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(BROKER) private readonly broker: Broker,
    @Inject(LOG) private readonly log: Log,
    private readonly sites: SitesRepository,
  ) {}

  /** Does not wait for a broker that is away: commands wait in the outbox until their queue stands. */
  async onApplicationBootstrap(): Promise<void> {
    for (const site of await this.sites.all(this.database)) this.declare(site);
  }

  declare(site: { platform: string; name: string }): void {
    this.broker.assertTopology(siteTopology(site.platform, site.name)).catch((error: unknown) => {
      this.log.error({ err: error, site: site.name }, "Unable to declare the site's queues");
    });
  }
}
