import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { every, type Log, type Loop } from '@dcm/runtime';
import { LOG } from '../approvals.config';
import { DATABASE, type Database } from '../database/transaction.repository';
import { ChangeService } from '../journal/change.service';
import { quotaEntry, QuotaRepository } from './quota.repository';

const settleMs = 500;
/** For each tenant of the last round so much time lies before the next: a round sums up, and commits under locks that accepting a request needs. */
const spacingMs = 60;
/** Behind the commits of this process: finds what another left behind when it died. */
const pollMs = 5_000;
const tenantsPerRound = 50;

/** How long a change waits to be told when the last round was so long ago and told so many tenants. */
export const tellInMs = (sinceLastMs: number, tenants: number): number =>
  Math.max(settleMs, tenants * spacingMs - sinceLastMs);

/**
 * Tells changed usage: many movements of a scope within half a second, of many tenants within three, become one `quota.changed`, so that the
 * hot path neither sums up for it nor waits much: all tenants are told in one transaction, for it locks what accepting requests locks.
 */
@Injectable()
export class QuotaSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private loop: Loop | undefined;
  private timer: NodeJS.Timeout | undefined;
  private told = { at: -Infinity, tenants: 0 };

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
        tellInMs(performance.now() - this.told.at, this.told.tenants),
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
    this.told = { at: performance.now(), tenants: tenantIds.length };
    await this.changes.change(async (manager, { tell }) => {
      const quotas = await this.quotas.takeDirty(manager, tenantIds);
      tell(...quotas.map((quota) => quotaEntry(quota, 'usage')));
    });
    if (tenantIds.length === tenantsPerRound) this.loop?.nudge();
  }
}
