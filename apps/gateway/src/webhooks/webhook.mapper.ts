import type { Webhook } from '@dcm/contracts';
import type { WebhookRow } from './webhook';

/** What is shown of a webhook. */
export const webhookOf = ({
  disabledBecause,
  failingSince,
  formerSecretUntil,
  createdAt,
  ...row
}: WebhookRow): Webhook => ({
  ...row,
  enabled: disabledBecause === null,
  disabledBecause,
  failingSince: failingSince?.toISOString() ?? null,
  formerSecretUntil: formerSecretUntil?.toISOString() ?? null,
  createdAt: createdAt.toISOString(),
});
