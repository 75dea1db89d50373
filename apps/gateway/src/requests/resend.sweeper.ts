import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { OutboxRelay } from '@dcm/messaging';
import { every, type Log, type Loop } from '@dcm/runtime';
import type { GatewayConfig } from '../gateway.config';
import { CONFIG, LOG, RELAY } from '../parts';
import { RequestRepository } from './request.repository';

const batch = 500;
/** Keys are good for 7 days; a day more, so that none is forgotten early. */
const keepDays = 8;
const pruneEveryMs = 60 * 60 * 1000;

/** Publishes again what no event has confirmed, because the broker may have lost everything; and forgets old keys. */
@Injectable()
export class ResendSweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private loops: Loop[] = [];

  constructor(
    private readonly requests: RequestRepository,
    @Inject(CONFIG) private readonly config: GatewayConfig,
    @Inject(RELAY) private readonly relay: OutboxRelay,
    @Inject(LOG) private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.loops = [
      every(Math.max(50, this.config.DCM_RESEND_MS / 4), () => this.resend(), this.log),
      every(pruneEveryMs, () => this.prune(), this.log),
    ];
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.loops.map((loop) => loop.stop()));
  }

  private async resend(): Promise<void> {
    for (let sent = batch; sent === batch;) {
      sent = await this.requests.resend(this.config.DCM_RESEND_MS, batch);
      if (sent === 0) return;
      this.log.warn({ sent }, 'requests that no event has confirmed are sent again');
      this.relay.nudge();
    }
  }

  private async prune(): Promise<void> {
    for (let pruned = batch; pruned === batch;) pruned = await this.requests.prune(keepDays, batch);
  }
}
