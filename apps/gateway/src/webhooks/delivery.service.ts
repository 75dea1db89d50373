import { Inject, Injectable } from '@nestjs/common';
import { cloudEventContentType } from '@dcm/contracts';
import type { GatewayConfig } from '../gateway.config';
import { CONFIG } from '../parts';
import type { Attempt, DueDelivery } from './delivery';
import { DeliveryRepository } from './delivery.repository';
import { cloudEventOf } from './event.mapper';
import { endOf } from './outcome.policy';
import { WebhookOutcomes } from './outcomes';
import { openSecret } from './secret.policy';
import { signatureHeaders } from './signature.policy';
import { WebhookClient } from './webhook.client';

/** Sends one event to one endpoint, and notes what came of it. */
@Injectable()
export class DeliveryService {
  constructor(
    private readonly deliveries: DeliveryRepository,
    private readonly client: WebhookClient,
    private readonly outcomes: WebhookOutcomes,
    @Inject(CONFIG) private readonly config: GatewayConfig,
  ) {}

  async deliver(due: DueDelivery, stop: AbortSignal): Promise<void> {
    const { DCM_WEBHOOKS_RETRY_MS: firstMs, DCM_WEBHOOKS_FAILING_DAYS: failingDays } = this.config;
    const attempt = await this.attempt(due, stop);
    // The process ends: the endpoint is not to blame, and who takes the delivery after the lease sends it again.
    if (attempt.status === undefined && stop.aborted) return;
    const end = endOf(due, attempt, { firstMs, now: Date.now(), random: Math.random() });
    const settled = await this.deliveries.settle(due, end, attempt, failingDays);
    if (settled !== undefined) this.outcomes.of(due, attempt, settled);
  }

  private async attempt(due: DueDelivery, stop: AbortSignal): Promise<Attempt> {
    const secrets = this.secretsOf(due);
    if (secrets.length === 0) {
      return { error: 'the secret was made under another installation key: rotate it', durationMs: 0 };
    }
    const body = JSON.stringify(cloudEventOf(due));
    const signed = { id: due.id, timestamp: Math.floor(Date.now() / 1000), body };
    const headers = {
      'content-type': cloudEventContentType,
      'user-agent': 'DCM-Webhooks/1',
      ...signatureHeaders(secrets, signed),
    };
    return this.client.post({ url: due.url, headers, body }, stop);
  }

  private secretsOf({ webhookId, secret, formerSecret }: DueDelivery): string[] {
    const closed = formerSecret === null ? [secret] : [secret, formerSecret];
    return closed.flatMap((one) => openSecret(this.config.DCM_INSTALLATION_KEY, webhookId, one) ?? []);
  }
}
