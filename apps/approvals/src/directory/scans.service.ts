import { Inject, Injectable } from '@nestjs/common';
import { exchanges, siteKeys } from '@dcm/contracts';
import { toMessage, type OutboxMessage } from '@dcm/messaging';
import { APPROVALS_CONFIG, type ApprovalsConfig } from '../approvals.config';
import type { Transaction } from '../database/transaction.repository';
import { ChangeService, type Voice } from '../journal/change.service';
import { ScansRepository, type DueScan } from './scans.repository';

const pageSize = 500;

/** Asks sites for every VM that they hold, strangers too. */
@Injectable()
export class ScansService {
  constructor(
    @Inject(APPROVALS_CONFIG) private readonly config: Pick<ApprovalsConfig, 'DCM_SCAN_MS' | 'DCM_SCAN_TIMEOUT_MS'>,
    private readonly changes: ChangeService,
    private readonly scans: ScansRepository,
  ) {}

  /** Begins the scans whose time has come. */
  beginDue(): Promise<void> {
    return this.changes.change(async (manager, voice) => {
      await this.begin(manager, voice);
    });
  }

  /** Begins one site's scan now. @returns false when one is under way. */
  async beginNow(manager: Transaction, voice: Voice, site: string): Promise<boolean> {
    return (await this.begin(manager, voice, site)) > 0;
  }

  private async begin(manager: Transaction, voice: Voice, site?: string): Promise<number> {
    const { DCM_SCAN_MS: intervalMs, DCM_SCAN_TIMEOUT_MS: timeoutMs } = this.config;
    const order = { intervalMs, timeoutMs, ...(site === undefined ? {} : { site }) };
    const begun = await this.scans.begin(manager, order);
    voice.send(...begun.map(discoverCommand));
    return begun.length;
  }
}

const discoverCommand = (scan: DueScan): OutboxMessage =>
  toMessage({
    exchange: exchanges.provisioning,
    routingKey: siteKeys.reads(scan.platform, scan.site),
    type: 'io.dcm.command.discover.v1',
    source: '/dcm/approvals',
    subject: scan.site,
    data: { requestId: scan.id, site: scan.site, scanId: scan.id, pageSize },
    mandatory: true,
  });
