import { Injectable } from '@nestjs/common';
import { DcmError, type RouteInput, type RouteOutput, type Webhook, type WebhookDelivery } from '@dcm/contracts';
import { newId } from '@dcm/runtime';
import type { Principal } from '../auth/principal';
import { ResourceService } from '../resources/resource.service';
import { DeliveryRepository } from './delivery.repository';
import { deliveryOf, testNoun } from './event.mapper';
import { WebhooksService } from './webhooks.service';

/** Shows what became of events at a webhook, and sends one again, or a test. */
@Injectable()
export class DeliveriesService {
  constructor(
    private readonly webhooks: WebhooksService,
    private readonly deliveries: DeliveryRepository,
    private readonly resources: ResourceService,
  ) {}

  /** @throws DcmError NOT_FOUND, INVALID_REQUEST for a page token of another list. */
  async list(
    principal: Principal,
    id: string,
    query: RouteInput<'listWebhookDeliveries'>['query'],
  ): Promise<RouteOutput<'listWebhookDeliveries'>> {
    const { id: webhookId } = await this.webhooks.get(principal, id);
    const { state, pageSize } = query;
    const context = JSON.stringify(['webhook-delivery', webhookId, state ?? null]);
    const after = this.resources.startOf(query, context);
    const rows = await this.deliveries.list({ webhookId, state, limit: pageSize + 1, after });
    return this.resources.cut(rows.map(deliveryOf), query, context);
  }

  /** @throws DcmError NOT_FOUND, CONFLICT when the webhook is disabled. */
  async test(principal: Principal, id: string): Promise<WebhookDelivery> {
    const { tenantId } = await this.enabled(principal, id);
    const deliveryId = newId();
    const event = { webhookId: id, tenantId, actor: principal.name, at: new Date().toISOString() };
    const noted = { id: deliveryId, webhookId: id, noun: testNoun, subject: deliveryId, position: 0, event };
    return deliveryOf(await this.deliveries.note(noted));
  }

  /** @throws DcmError NOT_FOUND, CONFLICT when the webhook is disabled. */
  async again(principal: Principal, { id, deliveryId }: { id: string; deliveryId: string }): Promise<WebhookDelivery> {
    await this.enabled(principal, id);
    const row = await this.deliveries.again(id, deliveryId);
    if (row !== undefined) return deliveryOf(row);
    throw new DcmError('NOT_FOUND', `Unable to deliver ${deliveryId} again: there is no such delivery any more`);
  }

  private async enabled(principal: Principal, id: string): Promise<Webhook> {
    const webhook = await this.webhooks.get(principal, id);
    if (webhook.enabled) return webhook;
    throw new DcmError('CONFLICT', `Unable to send to webhook ${id}: it is disabled`);
  }
}
