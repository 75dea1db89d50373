import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { every, type Log, type Loop } from '@dcm/runtime';
import { LOG } from '../approvals.config';
import { AnnouncementsService } from './announcements.service';
import { InventoryService } from './inventory.service';
import { ScansService } from './scans.service';

const sweepMs = 1_000;

/** Notices what does not happen: announcements that do not come, inventories and scans that grow old. */
@Injectable()
export class SiteSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private loop: Loop | undefined;

  constructor(
    @Inject(LOG) private readonly log: Log,
    private readonly announcements: AnnouncementsService,
    private readonly inventory: InventoryService,
    private readonly scans: ScansService,
  ) {}

  onApplicationBootstrap(): void {
    this.loop ??= every(sweepMs, () => this.sweep(), this.log);
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop?.stop();
  }

  async sweep(): Promise<void> {
    for (const site of await this.announcements.silence()) this.log.warn({ site }, 'a site fell silent');
    await this.inventory.askAll();
    await this.scans.beginDue();
  }
}
