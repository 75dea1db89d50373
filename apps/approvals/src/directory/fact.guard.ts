import { Inject, Injectable } from '@nestjs/common';
import { DcmError } from '@dcm/contracts';
import type { DcmMessage } from '@dcm/messaging';
import type { Log } from '@dcm/runtime';
import { LOG } from '../approvals.config';
import { DATABASE, type Database } from '../database/transaction.repository';
import { DirectoryRepository } from './directory.repository';

/** Believes facts of a site only from the broker user that is registered for it. */
@Injectable()
export class FactGuard {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(LOG) private readonly log: Log,
    private readonly directory: DirectoryRepository,
  ) {}

  /**
   * @returns false for a site that is not registered, or not for this platform: nobody asked it to speak, so it is not heard.
   * @throws DcmError PERMISSION_DENIED when somebody else speaks for the site.
   */
  async believes(message: DcmMessage, fact: { site: string; platform: string }): Promise<boolean> {
    const site = await this.directory.findSite(this.database.manager, fact.site);
    if (site?.platform !== fact.platform) {
      this.log.info({ site: fact.site, platform: fact.platform, userId: message.userId }, 'ignored a fact of no site');
      return false;
    }
    const publisher = await this.directory.siteFactsPublisher(this.database.manager, fact.site);
    if (message.userId !== undefined && message.userId === publisher) return true;
    throw new DcmError(
      'PERMISSION_DENIED',
      `Unable to believe a fact of site ${fact.site}: ${message.userId ?? 'an unnamed user'} does not speak for it`,
    );
  }
}
