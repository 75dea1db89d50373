import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { every, type Log, type Loop } from '@dcm/runtime';
import type { GatewayConfig } from '../gateway.config';
import { CONFIG, LOG } from '../parts';
import type { DueDelivery } from './delivery';
import { DeliveryRepository } from './delivery.repository';
import { DeliveryService } from './delivery.service';

const maxInFlight = 64;
const perWebhook = 4;
/** What a lease lasts beyond the longest attempt. */
const settlingMs = 20_000;
/** For so long an attempt may go on once the process is to end. */
const farewellMs = 2_000;

/** Sends what waits, a few at a time to each endpoint, so that a slow one holds up itself only. Any number of replicas do this side by side. */
@Injectable()
export class WebhookSweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private loop: Loop | undefined;
  private readonly stopping = new AbortController();
  private readonly underWay = new Set<Promise<void>>();
  private readonly inFlight = new Map<string, number>();

  constructor(
    private readonly deliveries: DeliveryRepository,
    private readonly delivery: DeliveryService,
    @Inject(CONFIG) private readonly config: GatewayConfig,
    @Inject(LOG) private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = every(this.config.DCM_WEBHOOKS_MS, () => this.run(), this.log);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop?.stop();
    const ended = Promise.all(this.underWay);
    await Promise.race([ended, sleep(farewellMs, undefined, { ref: false })]);
    this.stopping.abort();
    await ended;
  }

  private async run(): Promise<void> {
    const atMost = maxInFlight - this.underWay.size;
    if (atMost <= 0) return;
    const leaseMs = this.config.DCM_WEBHOOKS_TIMEOUT_MS + settlingMs;
    const inFlight = Object.fromEntries(this.inFlight);
    for (const due of await this.deliveries.take({ leaseMs, atMost, perWebhook, inFlight })) this.start(due);
  }

  private start(due: DueDelivery): void {
    this.count(due, 1);
    const work = this.delivery
      .deliver(due, this.stopping.signal)
      .catch((error: unknown) => {
        // The lease ends, and somebody sends it again.
        this.log.warn({ deliveryId: due.id, error: String(error) }, 'what became of a delivery could not be noted');
      })
      .finally(() => {
        this.underWay.delete(work);
        this.count(due, -1);
        this.loop?.nudge();
      });
    this.underWay.add(work);
  }

  private count({ webhookId }: DueDelivery, change: number): void {
    const count = (this.inFlight.get(webhookId) ?? 0) + change;
    if (count === 0) this.inFlight.delete(webhookId);
    else this.inFlight.set(webhookId, count);
  }
}
