import type { Webhook, WebhookAction, WebhookDisabled, WebhookEvent } from '@dcm/contracts';

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
export interface WebhookPatch {
  readonly url?: string | undefined;
  readonly description?: string | undefined;
  readonly events?: readonly WebhookEvent[] | undefined;
  readonly enabled?: boolean | undefined;
}

/** Who changes a webhook. */
export interface WebhookActor {
  readonly name: string;
  /** null: of the platform. */
  readonly tenantId: string | null;
}

/** A request for a webhook under a key. */
export interface WebhookRequest {
  /** Follows from the caller and its key. */
  readonly id: string;
  readonly payloadHash: string;
}

/** What such a request was answered, with the secret as it is kept. */
export interface AnsweredRequest {
  readonly payloadHash: string;
  readonly webhookId: string;
  readonly secret: Buffer;
  readonly answer: Webhook;
}

/** A change of a webhook as it is kept. */
export interface WebhookChangeRow {
  readonly id: string;
  readonly webhookId: string;
  readonly tenantId: string;
  readonly action: WebhookAction;
  readonly actor: string;
  readonly actorTenantId: string | null;
  readonly url: string;
  readonly description: string;
  readonly events: WebhookEvent[];
  readonly disabledBecause: WebhookDisabled | null;
  readonly createdAt: Date;
}
