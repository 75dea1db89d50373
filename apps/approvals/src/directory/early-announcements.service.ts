import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Fact } from '@dcm/contracts';
import { every, type Log, type Loop } from '@dcm/runtime';
import { LOG } from '../approvals.config';
import { AnnouncementsService } from './announcements.service';
import { FactGuard } from './fact.guard';

interface Early {
  readonly userId: string | undefined;
  readonly fact: Fact<'io.dcm.fact.announced.v1'>;
}

const lookMs = 500;
const maxKept = 256;

/**
 * Remembers, in memory, the last announcement of each site that nobody registered yet: an administrator who registers it sees
 * it online at once, not after the provisioner's next announcement. Nothing is believed before there is a site to ask about.
 */
@Injectable()
export class EarlyAnnouncements implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly kept = new Map<string, Early>();
  private loop: Loop | undefined;

  constructor(
    @Inject(LOG) private readonly log: Log,
    private readonly guard: FactGuard,
    private readonly announcements: AnnouncementsService,
  ) {}

  onApplicationBootstrap(): void {
    this.loop ??= every(lookMs, () => this.look(), this.log);
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop?.stop();
  }

  /** When too many are kept, the one that was quiet the longest goes. */
  keep(userId: string | undefined, fact: Early['fact']): void {
    this.kept.delete(fact.site);
    this.kept.set(fact.site, { userId, fact });
    const [oldest] = this.kept.keys();
    if (this.kept.size > maxKept && oldest !== undefined) this.kept.delete(oldest);
  }

  /** Lets those in whose site is registered by now. */
  async look(): Promise<void> {
    for (const [site, early] of this.kept) {
      if (!(await this.guard.isRegistered(early.fact))) continue;
      if (this.kept.get(site) === early) this.kept.delete(site);
      if (await this.guard.believes(early, early.fact)) await this.announcements.hear(early.fact);
    }
  }
}
