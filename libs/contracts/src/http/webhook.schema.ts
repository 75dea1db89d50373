import { z } from 'zod';
import { tenantIdSchema } from '../ids';
import type { EventNoun } from '../messages/events';
import { paging } from './route';

/** The nouns whose states belong to a tenant, and so go to its webhooks; the platform's own (sites, images, rates, …) do not. */
export const webhookNouns = [
  'tenant',
  'project',
  'quota',
  'policy',
  'vm',
  'operation',
  'approval',
] as const satisfies readonly EventNoun[];
export type WebhookNoun = (typeof webhookNouns)[number];

const eventOf = <const N extends WebhookNoun>(noun: N): `${N}.changed` => `${noun}.changed`;

/** What a webhook asks for: `vm.changed` and its siblings. */
export const webhookEventSchema = z.enum([
  eventOf('tenant'),
  eventOf('project'),
  eventOf('quota'),
  eventOf('policy'),
  eventOf('vm'),
  eventOf('operation'),
  eventOf('approval'),
]);
export type WebhookEvent = z.infer<typeof webhookEventSchema>;

/**
 * Why nothing is sent: `asked` by an administrator; `gone`: the endpoint answered 410; `failing`: it took nothing for days.
 */
export const webhookDisabledSchema = z.enum(['asked', 'gone', 'failing']);
export type WebhookDisabled = z.infer<typeof webhookDisabledSchema>;

/** An endpoint of a tenant that gets events. Its secret is never shown again. */
export const webhookSchema = z.object({
  id: z.string(),
  tenantId: z.string(),
  url: z.string(),
  description: z.string(),
  events: z.array(webhookEventSchema),
  enabled: z.boolean(),
  /** null while it is enabled. */
  disabledBecause: webhookDisabledSchema.nullable(),
  /** Since when every attempt has failed; null while the latest one did not. */
  failingSince: z.iso.datetime().nullable(),
  /** Until when the secret before the latest rotation signs too; null when there is none. */
  formerSecretUntil: z.iso.datetime().nullable(),
  createdBy: z.string(),
  createdAt: z.iso.datetime(),
});
export type Webhook = z.infer<typeof webhookSchema>;

/** @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
const secret = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]+={0,2}$/, 'must be whsec_ and base64')
  .refine((text) => {
    const bytes = (text.slice('whsec_'.length).replace(/=+$/, '').length * 3) / 4;
    return bytes >= 24 && bytes < 65;
  }, 'must hold 24 to 64 bytes');

/** The only answers with the secret, `whsec_…`. */
export const webhookWithSecretSchema = webhookSchema.extend({ secret: z.string() });
export type WebhookWithSecret = z.infer<typeof webhookWithSecretSchema>;

const url = z
  .string()
  .max(2048)
  .refine((text) => {
    const parsed = URL.canParse(text) ? new URL(text) : undefined;
    const isHttp = parsed?.protocol === 'https:' || parsed?.protocol === 'http:';
    return isHttp && parsed.username === '' && parsed.password === '' && parsed.hash === '';
  }, 'must be https://…, without a user, a password or a fragment');
const description = z
  .string()
  .max(200)
  .regex(/^[^\p{Cc}]*$/u, 'must not hold control characters');
const events = z
  .array(webhookEventSchema)
  .min(1)
  .refine((names) => new Set(names).size === names.length, 'must name each event once');

/** The tenant must be named by whoever belongs to none; an absent secret is made. */
export const createWebhookSchema = z.strictObject({
  tenantId: tenantIdSchema.optional(),
  url,
  description: description.default(''),
  events,
  secret: secret.optional(),
});

/** `enabled` true also forgets past failures. */
export const updateWebhookSchema = z.strictObject({
  url: url.optional(),
  description: description.optional(),
  events: events.optional(),
  enabled: z.boolean().optional(),
});

/** An absent secret is made. */
export const rotateWebhookSecretSchema = z.strictObject({ secret: secret.optional() });

/** `superseded`: a newer state of the same thing came before this one was taken. `failed`: given up. */
export const webhookDeliveryStateSchema = z.enum(['pending', 'delivered', 'failed', 'superseded']);
export type WebhookDeliveryState = z.infer<typeof webhookDeliveryStateSchema>;

/** One event on its way to one webhook. */
export const webhookDeliverySchema = z.object({
  /** The header `webhook-id`, the same at every attempt. */
  id: z.string(),
  webhookId: z.string(),
  /** The id of the CloudEvent. */
  eventId: z.string(),
  eventType: z.string(),
  subject: z.string(),
  state: webhookDeliveryStateSchema,
  attempts: z.int().min(0),
  /** The HTTP status of the last attempt; null when there was no answer. */
  status: z.int().nullable(),
  /** What went wrong at the last attempt, in words. */
  error: z.string().nullable(),
  /** The first 256 characters of the last answer. */
  response: z.string().nullable(),
  durationMs: z.int().nullable(),
  /** null when none follows. */
  nextAttemptAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
});
export type WebhookDelivery = z.infer<typeof webhookDeliverySchema>;

/** What was done to a webhook; `disabled` is what DCM does itself. */
export const webhookActionSchema = z.enum(['created', 'changed', 'secret-rotated', 'deleted', 'disabled']);
export type WebhookAction = z.infer<typeof webhookActionSchema>;

/** One change of a webhook, with what it was from then on. It outlives the webhook, and never holds a secret. */
export const webhookChangeSchema = z.object({
  id: z.string(),
  webhookId: z.string(),
  tenantId: z.string(),
  action: webhookActionSchema,
  /** The principal; `system`: DCM itself. */
  actor: z.string(),
  /** Of the principal; null for one of the platform. */
  actorTenantId: z.string().nullable(),
  url: z.string(),
  description: z.string(),
  events: z.array(webhookEventSchema),
  disabledBecause: webhookDisabledSchema.nullable(),
  createdAt: z.iso.datetime(),
});
export type WebhookChange = z.infer<typeof webhookChangeSchema>;

export const webhookQuery = z.strictObject({ ...paging, tenantId: z.uuid().toLowerCase().optional() });
export const deliveryQuery = z.strictObject({ ...paging, state: webhookDeliveryStateSchema.optional() });
export const deliveryParams = z.strictObject({ id: z.uuid().toLowerCase(), deliveryId: z.uuid().toLowerCase() });
