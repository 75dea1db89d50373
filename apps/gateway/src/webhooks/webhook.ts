import type { WebhookDisabled, WebhookEvent } from '@dcm/contracts';

/** A webhook as it is kept; its secret never leaves by this. */
export interface WebhookRow {
  readonly id: string;
  readonly tenantId: string;
  readonly url: string;
  readonly description: string;
  readonly events: WebhookEvent[];
  readonly disabledBecause: WebhookDisabled | null;
  readonly failingSince: Date | null;
  readonly formerSecretUntil: Date | null;
  readonly createdBy: string;
  readonly createdAt: Date;
}

export type NewWebhook = Pick<WebhookRow, 'id' | 'tenantId' | 'url' | 'description' | 'events' | 'createdBy'> & {
  readonly secret: Buffer;
};

/** What may be changed; undefined stays. */
export interface WebhookChange {
  readonly url?: string | undefined;
  readonly description?: string | undefined;
  readonly events?: readonly WebhookEvent[] | undefined;
  readonly enabled?: boolean | undefined;
}
