import { Inject, Injectable } from '@nestjs/common';
import type { Fact } from '@dcm/contracts';
import type { Log } from '@dcm/runtime';
import { LOG } from '../approvals.config';
import { ChangeService } from '../journal/change.service';
import { SCAN_READER, type ScanReader } from './scan.ports';
import { ScansRepository } from './scans.repository';

/** Puts scans together from their pages, and keeps the last complete one of each site. */
@Injectable()
export class PagesService {
  constructor(
    @Inject(LOG) private readonly log: Log,
    @Inject(SCAN_READER) private readonly reader: ScanReader,
    private readonly changes: ChangeService,
    private readonly scans: ScansRepository,
  ) {}

  /** Keeps a page; one of a scan that nobody asked for, or that is complete, is ignored. A scan that broke off stays incomplete. */
  async take(chunk: Fact<'io.dcm.fact.discovery.v1'>): Promise<void> {
    const isComplete = await this.changes.change(async (manager, voice) => {
      const scan = await this.scans.lock(manager, chunk.scanId, chunk.site);
      if (scan === undefined) return false;
      if (chunk.error !== null) {
        this.log.warn({ site: chunk.site, error: chunk.error }, 'a scan broke off');
        await this.scans.fail(manager, chunk.scanId, chunk.error);
        return false;
      }
      // Provisioners of before say no run: then the process that scans stands for it.
      const run = chunk.run ?? chunk.worker;
      await this.scans.store(manager, run, chunk);
      if (!(await this.scans.completeWhenWhole(manager, chunk.scanId, run))) return false;
      await this.reader.read(manager, voice, scan);
      return true;
    });
    if (isComplete) this.reader.nudge();
  }
}
