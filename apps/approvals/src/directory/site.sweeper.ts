import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { every, type Log, type Loop } from '@dcm/runtime';
import { APPROVALS_CONFIG, LOG, type ApprovalsConfig } from '../approvals.config';
import { AnnouncementsService } from './announcements.service';
import { InventoryService } from './inventory.service';

type Timing = Pick<ApprovalsConfig, 'DCM_ANNOUNCE_MS' | 'DCM_SWEEP_MS'>;

const missedAnnouncements = 3;

/** Notices what does not happen: announcements that do not come, inventories that grow old. */
@Injectable()
export class SiteSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private loop: Loop | undefined;
  /** Monotonic. While this process did not listen, silence proves nothing. */
  private listeningSince = 0;

  constructor(
    @Inject(APPROVALS_CONFIG) private readonly timing: Timing,
    @Inject(LOG) private readonly log: Log,
    private readonly announcements: AnnouncementsService,
    private readonly inventory: InventoryService,
  ) {}

  onApplicationBootstrap(): void {
    this.listeningSince = performance.now();
    this.loop ??= every(this.timing.DCM_SWEEP_MS, () => this.sweep(), this.log);
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop?.stop();
  }

  async sweep(): Promise<void> {
    const patienceMs = missedAnnouncements * this.timing.DCM_ANNOUNCE_MS;
    if (performance.now() - this.listeningSince > patienceMs) await this.announcements.silence(patienceMs);
    await this.inventory.askAll();
  }
}
