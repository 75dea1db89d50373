import { Inject, Injectable } from '@nestjs/common';
import type { Log } from '@dcm/runtime';
import { LOG } from '../approvals.config';
import type { Transaction } from '../database/transaction.repository';
import { siteEntry } from '../directory/directory.repository';
import type { ScanReader } from '../directory/scan.ports';
import type { CompleteScan } from '../directory/scans.repository';
import { SitesRepository } from '../directory/sites.repository';
import type { Voice } from '../journal/change.service';
import { ReconcileBell } from './reconcile-bell';
import { presenceRules, verdictOn } from './scan-verdict.policy';
import { SightingsRepository } from './sightings.repository';

/** Compares complete scans with what DCM believes: the site is told at once, what is found about VMs is written down. */
@Injectable()
export class ScanReadingService implements ScanReader {
  constructor(
    @Inject(LOG) private readonly log: Log,
    private readonly bell: ReconcileBell,
    private readonly sites: SitesRepository,
    private readonly sightings: SightingsRepository,
  ) {}

  async read(manager: Transaction, { tell }: Voice, scan: CompleteScan): Promise<void> {
    const { site } = scan;
    const tally = await this.sightings.remember(manager, scan, presenceRules.acceptedAfter);
    const verdict = verdictOn(tally, new Date().toISOString());
    if (!verdict.isSuspect) await this.sightings.conclude(manager, scan, presenceRules.unseenScans);
    tell(siteEntry(await this.sites.keepScan(manager, site, verdict), 'scanned'));
    if (verdict.detail === null) this.log.debug({ site, ...tally }, 'a scan is complete');
    else this.log.warn({ site, ...tally, detail: verdict.detail }, 'a scan is complete');
  }

  nudge(): void {
    this.bell.ring();
  }
}
