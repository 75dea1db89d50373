import type { Migration } from '@dcm/runtime';

/** Who did what to webhooks. It outlives them, and is only ever added to. */
const change = `CREATE TABLE gateway.webhook_change (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  webhook_id uuid NOT NULL,
  tenant_id uuid NOT NULL,
  action text NOT NULL CHECK (action IN ('created', 'changed', 'secret-rotated', 'deleted', 'disabled')),
  actor text NOT NULL,
  actor_tenant_id uuid,
  url text NOT NULL,
  description text NOT NULL,
  events text[] NOT NULL,
  disabled_because text,
  created_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', clock_timestamp())
)`;

/**
 * What requests with a key were answered; `id` follows from caller and key. `answer` is null only within the transaction that makes it, and the
 * secret is encrypted as in the webhook.
 */
const request = `CREATE TABLE gateway.webhook_request (
  id uuid PRIMARY KEY,
  payload_hash text NOT NULL,
  webhook_id uuid NOT NULL,
  secret bytea NOT NULL,
  answer jsonb,
  created_at timestamptz NOT NULL DEFAULT now()
)`;

/** Who changed webhooks, and which requests for one were answered. */
export const webhookChanges: Migration = {
  name: '0006-webhook-changes',
  sql: [
    change,
    'CREATE INDEX webhook_change_by_webhook ON gateway.webhook_change (webhook_id, created_at DESC, id DESC)',
    `CREATE FUNCTION gateway.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN RAISE EXCEPTION 'gateway.webhook_change is only ever added to'; END $$`,
    `CREATE TRIGGER webhook_change_append_only BEFORE UPDATE OR DELETE ON gateway.webhook_change
     FOR EACH ROW EXECUTE FUNCTION gateway.refuse_change()`,
    request,
    'CREATE INDEX webhook_request_created ON gateway.webhook_request (created_at)',
  ],
};
