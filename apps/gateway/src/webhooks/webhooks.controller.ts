import { Controller } from '@nestjs/common';
import type { RouteOutput, Webhook, WebhookDelivery, WebhookWithSecret } from '@dcm/contracts';
import { Endpoint, Input, type Call } from '../http/endpoint';
import { DeliveriesService } from './deliveries.service';
import { WebhooksService } from './webhooks.service';

/** `/v1/webhooks` */
@Controller()
export class WebhooksController {
  constructor(
    private readonly webhooks: WebhooksService,
    private readonly deliveries: DeliveriesService,
  ) {}

  @Endpoint('createWebhook')
  async create(@Input() { principal, body, request, reply }: Call<'createWebhook'>): Promise<WebhookWithSecret> {
    const { webhook, isReplay } = await this.webhooks.create(principal, body, request.headers['idempotency-key']);
    void reply.header('location', `/v1/webhooks/${webhook.id}`);
    if (isReplay) void reply.header('idempotency-replayed', 'true');
    return webhook;
  }

  @Endpoint('listWebhooks')
  list(@Input() { principal, query }: Call<'listWebhooks'>): Promise<RouteOutput<'listWebhooks'>> {
    return this.webhooks.list(principal, query);
  }

  @Endpoint('getWebhook')
  get(@Input() { principal, params }: Call<'getWebhook'>): Promise<Webhook> {
    return this.webhooks.get(principal, params.id);
  }

  @Endpoint('updateWebhook')
  update(@Input() { principal, params, body }: Call<'updateWebhook'>): Promise<Webhook> {
    return this.webhooks.update(principal, params.id, body);
  }

  @Endpoint('deleteWebhook')
  async remove(@Input() { principal, params }: Call<'deleteWebhook'>): Promise<undefined> {
    await this.webhooks.remove(principal, params.id);
    return undefined;
  }

  @Endpoint('testWebhook')
  test(@Input() { principal, params }: Call<'testWebhook'>): Promise<WebhookDelivery> {
    return this.deliveries.test(principal, params.id);
  }

  @Endpoint('rotateWebhookSecret')
  rotate(@Input() { principal, params, body }: Call<'rotateWebhookSecret'>): Promise<WebhookWithSecret> {
    return this.webhooks.rotate(principal, params.id, body.secret);
  }

  @Endpoint('listWebhookChanges')
  changes(
    @Input() { principal, params, query }: Call<'listWebhookChanges'>,
  ): Promise<RouteOutput<'listWebhookChanges'>> {
    return this.webhooks.changes(principal, params.id, query);
  }

  @Endpoint('listWebhookDeliveries')
  listDeliveries(
    @Input() { principal, params, query }: Call<'listWebhookDeliveries'>,
  ): Promise<RouteOutput<'listWebhookDeliveries'>> {
    return this.deliveries.list(principal, params.id, query);
  }

  @Endpoint('redeliverWebhook')
  redeliver(@Input() { principal, params }: Call<'redeliverWebhook'>): Promise<WebhookDelivery> {
    return this.deliveries.again(principal, params);
  }
}
