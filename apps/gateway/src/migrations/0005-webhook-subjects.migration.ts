import type { Migration } from '@dcm/runtime';

/** What waits of a subject is found at once, however much was sent of it. */
export const webhookSubjects: Migration = {
  name: '0005-webhook-subjects',
  sql: [
    `CREATE INDEX webhook_delivery_waiting ON gateway.webhook_delivery (webhook_id, noun, subject, position) WHERE state = 'pending'`,
  ],
};
