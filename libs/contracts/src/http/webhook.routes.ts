import { idParams, page, pageOf, route, tenantAdmins, type Route } from './route';
import * as schema from './webhook.schema';

/** Endpoints of a tenant that get its events, and what became of each event there. */
export const webhookRoutes = {
  createWebhook: route(
    ['POST', '/v1/webhooks'],
    ['createWebhook', 'webhooks', 'Have events posted to an endpoint; the secret is shown here only'],
    { roles: tenantAdmins, response: schema.webhookWithSecretSchema },
    { body: schema.createWebhookSchema, status: 201, idempotent: true },
  ),
  listWebhooks: route(
    ['GET', '/v1/webhooks'],
    ['listWebhooks', 'webhooks', 'List webhooks'],
    { roles: tenantAdmins, response: pageOf(schema.webhookSchema) },
    { query: schema.webhookQuery },
  ),
  getWebhook: route(
    ['GET', '/v1/webhooks/:id'],
    ['getWebhook', 'webhooks', 'Read a webhook'],
    { roles: tenantAdmins, response: schema.webhookSchema },
    { params: idParams },
  ),
  updateWebhook: route(
    ['PATCH', '/v1/webhooks/:id'],
    ['updateWebhook', 'webhooks', 'Change where a webhook posts, what it asks for, or whether it is enabled'],
    { roles: tenantAdmins, response: schema.webhookSchema },
    { params: idParams, body: schema.updateWebhookSchema },
  ),
  deleteWebhook: route(
    ['DELETE', '/v1/webhooks/:id'],
    ['deleteWebhook', 'webhooks', 'Delete a webhook with its deliveries'],
    { roles: tenantAdmins, response: null },
    { params: idParams, status: 204 },
  ),
  testWebhook: route(
    ['POST', '/v1/webhooks/:id/test'],
    ['testWebhook', 'webhooks', 'Post a test event'],
    { roles: tenantAdmins, response: schema.webhookDeliverySchema },
    { params: idParams, status: 201 },
  ),
  rotateWebhookSecret: route(
    ['POST', '/v1/webhooks/:id/rotate-secret'],
    ['rotateWebhookSecret', 'webhooks', 'Replace the secret; for 24 hours the former one signs too'],
    { roles: tenantAdmins, response: schema.webhookWithSecretSchema },
    { params: idParams, body: schema.rotateWebhookSecretSchema },
  ),
  listWebhookChanges: route(
    ['GET', '/v1/webhooks/:id/changes'],
    ['listWebhookChanges', 'webhooks', 'List who changed a webhook, newest first, also after its end'],
    { roles: [...tenantAdmins, 'auditor'], response: pageOf(schema.webhookChangeSchema) },
    { params: idParams, query: page },
  ),
  listWebhookDeliveries: route(
    ['GET', '/v1/webhooks/:id/deliveries'],
    ['listWebhookDeliveries', 'webhooks', 'List what was posted, or will be, newest first'],
    { roles: tenantAdmins, response: pageOf(schema.webhookDeliverySchema) },
    { params: idParams, query: schema.deliveryQuery },
  ),
  redeliverWebhook: route(
    ['POST', '/v1/webhooks/:id/deliveries/:deliveryId/redeliver'],
    ['redeliverWebhook', 'webhooks', 'Post an event again, under the same webhook-id'],
    { roles: tenantAdmins, response: schema.webhookDeliverySchema },
    { params: schema.deliveryParams },
  ),
} as const satisfies Record<string, Route>;
