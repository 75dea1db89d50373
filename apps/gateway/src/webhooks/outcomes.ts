import { Inject, Injectable } from '@nestjs/common';
import type { Log, Metrics } from '@dcm/runtime';
import { Counter, Gauge } from 'prom-client';
import { LOG, METRICS } from '../parts';
import type { Attempt, DueDelivery, Settled } from './delivery';
import { DeliveryRepository } from './delivery.repository';

/** Shows what becomes of deliveries, in the metrics and in the log; of an endpoint only its host stands there. */
@Injectable()
export class WebhookOutcomes {
  private readonly counter: Counter<'result'>;

  constructor(
    @Inject(METRICS) { registry }: Metrics,
    @Inject(LOG) private readonly log: Log,
    deliveries: DeliveryRepository,
  ) {
    const registers = [registry];
    this.counter = new Counter({
      name: 'dcm_webhook_deliveries_total',
      help: 'Attempts to post an event to a webhook, by what became of the delivery',
      labelNames: ['result'],
      registers,
    });
    new Gauge({
      name: 'dcm_webhook_oldest_undelivered_seconds',
      help: 'How long the oldest event waits that an enabled webhook has not taken',
      registers,
      async collect() {
        this.set(await deliveries.oldestWaitSeconds());
      },
    });
  }

  of(due: DueDelivery, { status, error }: Attempt, { state, disabledBecause }: Settled): void {
    this.counter.inc({ result: state === 'pending' ? 'retried' : state });
    if (state === 'delivered') return;
    const { id, webhookId, attempts, url } = due;
    const facts = { deliveryId: id, webhookId, host: new URL(url).host, attempts, status, error };
    if (state === 'failed') this.log.error(facts, 'an event was not taken by a webhook and is given up');
    else this.log.info(facts, 'an event was not taken by a webhook');
    if (disabledBecause !== null) this.log.error({ webhookId, disabledBecause }, 'a webhook is disabled');
  }
}
