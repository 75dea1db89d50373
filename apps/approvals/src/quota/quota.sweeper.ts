import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { every, type Log, type Loop } from '@dcm/runtime';
import { LOG } from '../approvals.config';
import { DATABASE, type Database } from '../database/transaction.repository';
import { ChangeService } from '../journal/change.service';
import { quotaEntry, QuotaRepository } from './quota.repository';

const settleMs = 500;
/** Under load so much time lies between two rounds: each one sums up and locks what accepting requests locks. */
const spacingMs = 3_000;
/** Behind the commits of this process: finds what another left behind when it died. */
const pollMs = 5_000;
const tenantsPerRound = 50;

/** How long a change waits to be told when the last round was so long ago. */
export const tellInMs = (sinceLastMs: number): number => Math.max(settleMs, spacingMs - sinceLastMs);

/**
 * Tells changed usage: many movements of a scope within half a second, under load within three, become one `quota.changed`, so that the
 * hot path neither sums up for it nor waits much: all tenants are told in one transaction, for it locks what accepting requests locks.
 */
@Injectable()
export class QuotaSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private loop: Loop | undefined;
  private timer: NodeJS.Timeout | undefined;
  private toldAt = -Infinity;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(LOG) private readonly log: Log,
    private readonly quotas: QuotaRepository,
    private readonly changes: ChangeService,
  ) {}

  onApplicationBootstrap(): void {
    this.loop ??= every(pollMs, () => this.sweep(), this.log);
    this.changes.onChanged(() => {
      this.timer ??= setTimeout(
        () => {
          this.timer = undefined;
          this.loop?.nudge();
        },
        tellInMs(performance.now() - this.toldAt),
      );
    });
  }

  async onModuleDestroy(): Promise<void> {
    clearTimeout(this.timer);
    await this.loop?.stop();
  }

  /** Tells the scopes that are marked now, of so many tenants at most. */
  async sweep(): Promise<void> {
    const tenantIds = await this.quotas.dirtyTenants(this.database, tenantsPerRound);
    if (tenantIds.length === 0) return;
    this.toldAt = performance.now();
    await this.changes.change(async (manager, { tell }) => {
      const quotas = await this.quotas.takeDirty(manager, tenantIds);
      tell(...quotas.map((quota) => quotaEntry(quota, 'usage')));
    });
    if (tenantIds.length === tenantsPerRound) this.loop?.nudge();
  }
}
