import type { Migration } from '@dcm/runtime';

/**
 * Secrets are encrypted with a key that follows from the installation's. `failing_since` and `failures` tell of the attempts since the
 * last one that succeeded; until `rest_until` the endpoint asked to be left alone.
 */
const webhook = `CREATE TABLE gateway.webhook (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  url text NOT NULL,
  description text NOT NULL,
  events text[] NOT NULL,
  secret bytea NOT NULL,
  former_secret bytea,
  former_secret_until timestamptz,
  disabled_because text CHECK (disabled_because IN ('asked', 'gone', 'failing')),
  failing_since timestamptz,
  failures integer NOT NULL DEFAULT 0,
  rest_until timestamptz,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
  CHECK ((former_secret IS NULL) = (former_secret_until IS NULL))
)`;

/**
 * One event for one webhook; `event` is the CloudEvent's data. While `leased_until` lies ahead a replica is sending it. `position` is the
 * event's place in the journal, 0 for a test.
 */
const delivery = `CREATE TABLE gateway.webhook_delivery (
  id uuid PRIMARY KEY,
  webhook_id uuid NOT NULL REFERENCES gateway.webhook ON DELETE CASCADE,
  noun text NOT NULL,
  subject text NOT NULL,
  position bigint NOT NULL,
  event jsonb NOT NULL,
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed', 'superseded')),
  attempts integer NOT NULL DEFAULT 0,
  next_at timestamptz NOT NULL DEFAULT now(),
  leased_until timestamptz,
  status integer,
  error text,
  response text CHECK (length(response) <= 256),
  duration_ms integer,
  created_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
  UNIQUE (webhook_id, noun, subject, position)
)`;

/** Where tenants want events, and what became of each. */
export const webhookTables: Migration = {
  name: '0004-webhooks',
  sql: [
    webhook,
    'CREATE INDEX webhook_by_tenant ON gateway.webhook (tenant_id, created_at DESC, id DESC)',
    delivery,
    `CREATE INDEX webhook_delivery_due ON gateway.webhook_delivery (webhook_id, next_at) WHERE state = 'pending'`,
    'CREATE INDEX webhook_delivery_by_age ON gateway.webhook_delivery (webhook_id, created_at DESC, id DESC)',
    'CREATE INDEX webhook_delivery_created ON gateway.webhook_delivery (created_at)',
  ],
};
