import { Inject, Injectable } from '@nestjs/common';
import { exchanges, siteKeys, type Fact } from '@dcm/contracts';
import { toMessage, type OutboxMessage } from '@dcm/messaging';
import type { Log } from '@dcm/runtime';
import { APPROVALS_CONFIG, LOG, type ApprovalsConfig } from '../approvals.config';
import { ChangeService } from '../journal/change.service';
import { ScansRepository, type DueScan } from './scans.repository';

const pageSize = 500;

/** Asks sites for every VM that they hold, strangers too, and keeps the last complete answer. */
@Injectable()
export class ScansService {
  constructor(
    @Inject(APPROVALS_CONFIG) private readonly config: Pick<ApprovalsConfig, 'DCM_SCAN_MS'>,
    @Inject(LOG) private readonly log: Log,
    private readonly changes: ChangeService,
    private readonly scans: ScansRepository,
  ) {}

  /** Begins the scans whose time has come. */
  beginDue(): Promise<void> {
    return this.changes.change(async (manager, { send }) => {
      send(...(await this.scans.begin(manager, this.config.DCM_SCAN_MS)).map(discoverCommand));
    });
  }

  /** Keeps a page; one of a scan that nobody asked for, or that is complete, is ignored. A scan that broke off stays incomplete. */
  async take(chunk: Fact<'io.dcm.fact.discovery.v1'>): Promise<void> {
    await this.changes.change(async (manager) => {
      if (!(await this.scans.lock(manager, chunk.scanId, chunk.site))) return;
      if (chunk.error !== null) {
        this.log.warn({ site: chunk.site, error: chunk.error }, 'a scan broke off');
        await this.scans.fail(manager, chunk.scanId, chunk.error);
        return;
      }
      await this.scans.store(manager, chunk);
      await this.scans.completeWhenWhole(manager, chunk.scanId);
    });
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
