import type { WebhookDelivery, WebhookDeliveryState, WebhookDisabled } from '@dcm/contracts';

/** One event as it was noted for a webhook. */
export interface NotedEvent {
  readonly id: string;
  readonly webhookId: string;
  readonly noun: string;
  readonly subject: string;
  /** In the journal; 0 for a test. */
  readonly position: number;
  /** The CloudEvent's data. */
  readonly event: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
}

/** A delivery that this process has alone, until its lease ends. */
export interface DueDelivery extends NotedEvent {
  /** This one counted. */
  readonly attempts: number;
  readonly url: string;
  /** How many attempts at this endpoint failed since the last that did not. */
  readonly failures: number;
  readonly secret: Buffer;
  /** Signs too, for a while after a rotation. */
  readonly formerSecret: Buffer | null;
}

/** What an attempt brought. */
export interface Attempt {
  /** undefined when there was no answer; then `error` says why. */
  readonly status?: number;
  readonly error?: string;
  readonly response?: string;
  readonly retryAfter?: string;
  readonly durationMs: number;
}

/** What follows from an attempt. */
export interface DeliveryEnd {
  readonly state: Exclude<WebhookDeliveryState, 'superseded'>;
  /** How long a pending one waits. */
  readonly waitMs: number;
  /** How long the endpoint is left alone altogether. */
  readonly restMs: number;
  readonly isGone: boolean;
}

/** What was written of an attempt. */
export interface Settled {
  readonly state: WebhookDeliveryState;
  /** Set when this attempt disabled the webhook. */
  readonly disabledBecause: WebhookDisabled | null;
}

/** A delivery as lists read it: without its event. */
export interface DeliveryRow
  extends
    Omit<NotedEvent, 'event'>,
    Pick<WebhookDelivery, 'state' | 'attempts' | 'status' | 'error' | 'response' | 'durationMs'> {
  readonly nextAt: Date;
}
