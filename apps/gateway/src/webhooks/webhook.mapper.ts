import type { Webhook, WebhookChange } from '@dcm/contracts';
import type { WebhookChangeRow, WebhookRow } from './webhook';

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

/** What is shown of a change. */
export const changeOf = ({ createdAt, ...row }: WebhookChangeRow): WebhookChange => ({
  ...row,
  createdAt: createdAt.toISOString(),
});
