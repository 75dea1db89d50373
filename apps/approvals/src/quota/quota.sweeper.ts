import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { every, type Log, type Loop } from '@dcm/runtime';
import { LOG } from '../approvals.config';
import { DATABASE, type Database } from '../database/transaction.repository';
import { ChangeService } from '../journal/change.service';
import { quotaEntry, QuotaRepository } from './quota.repository';

const settleMs = 250;
/** Behind the commits of this process: finds what another left behind when it died. */
const pollMs = 2_000;
const tenantsPerRound = 50;

/**
 * Tells changed usage: many movements of a scope within a quarter of a second become one `quota.changed`, so that the hot path
 * neither sums up nor waits for it.
 */
@Injectable()
export class QuotaSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private loop: Loop | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(LOG) private readonly log: Log,
    private readonly quotas: QuotaRepository,
    private readonly changes: ChangeService,
  ) {}

  onApplicationBootstrap(): void {
    this.loop ??= every(pollMs, () => this.sweep(), this.log);
    this.changes.onChanged(() => {
      this.timer ??= setTimeout(() => {
        this.timer = undefined;
        this.loop?.nudge();
      }, settleMs);
    });
  }

  async onModuleDestroy(): Promise<void> {
    clearTimeout(this.timer);
    await this.loop?.stop();
  }

  /** Tells every scope that is marked now. */
  async sweep(): Promise<void> {
    for (const tenantId of await this.quotas.dirtyTenants(this.database, tenantsPerRound)) {
      await this.changes.change(async (manager, { tell }) => {
        const quotas = await this.quotas.takeDirty(manager, tenantId);
        tell(...quotas.map((quota) => quotaEntry(quota, 'usage')));
      });
    }
  }
}
