import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { every, type Log, type Loop } from '@dcm/runtime';
import type { GatewayConfig } from '../gateway.config';
import { NotificationRepository } from '../notifications/notification.repository';
import { CONFIG, LOG } from '../parts';
import { DeliveryRepository } from '../webhooks/delivery.repository';

/** Small enough to hold nobody up. */
const batch = 1_000;
/** For so long the same key gets the first answer again. */
const keyDays = 7;

/** Deletes what was sent long ago: deliveries of webhooks, mails with their links, and whom was asked. Replicas may do this side by side. */
@Injectable()
export class PruningSweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private loop: Loop | undefined;
  private isStopping = false;

  constructor(
    private readonly deliveries: DeliveryRepository,
    private readonly notifications: NotificationRepository,
    @Inject(CONFIG) private readonly config: GatewayConfig,
    @Inject(LOG) private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = every(this.config.DCM_PRUNE_MS, () => this.run(), this.log);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    await this.loop?.stop();
  }

  private async run(): Promise<void> {
    const { DCM_WEBHOOKS_KEEP_DAYS: webhookDays, DCM_NOTIFICATIONS_KEEP_DAYS: mailDays } = this.config;
    const pruned = {
      webhookRequests: await this.prune((limit) => this.deliveries.pruneRequests(keyDays, limit)),
      deliveries: await this.prune((limit) => this.deliveries.prune(webhookDays, limit)),
      notifications: await this.prune((limit) => this.notifications.prune(mailDays, limit)),
      askedLevels: await this.prune((limit) => this.notifications.pruneAsked(mailDays, limit)),
    };
    if (Object.values(pruned).some((count) => count > 0)) this.log.info(pruned, 'deleted what was sent long ago');
  }

  private async prune(some: (limit: number) => Promise<number>): Promise<number> {
    let [sum, count] = [0, batch];
    while (count === batch && !this.isStopping) {
      count = await some(batch);
      sum += count;
    }
    return sum;
  }
}
