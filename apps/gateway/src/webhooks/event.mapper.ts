import { eventType, webhookNouns, type CloudEvent, type WebhookDelivery } from '@dcm/contracts';
import type { DeliveryRow, NotedEvent } from './delivery';

/** What a test is about: the webhook itself. */
export const testNoun = 'webhook';
const testType = 'io.dcm.webhook.test.v1';

const isTest = ({ noun }: Pick<NotedEvent, 'noun'>): boolean => noun === testNoun;

/** The CloudEvents `type`. A noun that webhooks do not carry (any more) is named as it is. */
function typeOf(noted: Pick<NotedEvent, 'noun'>): string {
  if (isTest(noted)) return testType;
  const noun = webhookNouns.find((one) => one === noted.noun);
  return noun === undefined ? noted.noun : eventType(noun);
}

/** An event of the journal bears its position there, wherever it is told. */
const eventIdOf = (noted: Pick<NotedEvent, 'id' | 'noun' | 'position'>): string =>
  isTest(noted) ? noted.id : String(noted.position);

/** The event as `dcm.events` tells it; its time is that of the change. */
export function cloudEventOf(noted: NotedEvent): CloudEvent {
  const { event, subject, createdAt } = noted;
  const { at } = event;
  return {
    specversion: '1.0',
    id: eventIdOf(noted),
    source: isTest(noted) ? '/dcm/gateway' : '/dcm/approvals',
    type: typeOf(noted),
    subject,
    time: typeof at === 'string' ? at : createdAt.toISOString(),
    datacontenttype: 'application/json',
    data: event,
  };
}

/** What is shown of a delivery. */
export const deliveryOf = (row: DeliveryRow): WebhookDelivery => {
  const { id, webhookId, subject, state, attempts, status, error, response, durationMs, nextAt, createdAt } = row;
  return {
    id,
    webhookId,
    eventId: eventIdOf(row),
    eventType: typeOf(row),
    subject,
    state,
    attempts,
    status,
    error,
    response,
    durationMs,
    nextAttemptAt: state === 'pending' ? nextAt.toISOString() : null,
    createdAt: createdAt.toISOString(),
  };
};
