import type { Migration } from '@dcm/runtime';
import { outboxMigrationSql } from '@dcm/messaging';

const apiToken = `CREATE TABLE gateway.api_token (
  id text PRIMARY KEY,
  secret_sha256 bytea NOT NULL CHECK (length(secret_sha256) = 32),
  principal text NOT NULL,
  tenant_id uuid,
  roles text[] NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  CHECK ((tenant_id IS NULL) = ('platform-admin' = ANY (roles)))
)`;

/** `message` is the CloudEvent as it is published, and is erased once an event shows that approvals has the request. */
const request = `CREATE TABLE gateway.request (
  operation_id uuid PRIMARY KEY,
  principal text NOT NULL,
  idempotency_key text,
  payload_hash text NOT NULL,
  tenant_id uuid NOT NULL,
  vm_id uuid NOT NULL,
  kind text NOT NULL,
  routing_key text NOT NULL,
  type text NOT NULL,
  message text,
  answer jsonb NOT NULL,
  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'accepted')),
  sends integer NOT NULL DEFAULT 1,
  next_send_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
)`;

/** `position` is 0 until an event says it; `seq` is 0 for what the gateway itself foretells. */
const resource = `CREATE TABLE gateway.resource (
  kind text NOT NULL,
  id text NOT NULL,
  tenant_id uuid,
  project_id uuid,
  vm_id uuid,
  name text,
  state text,
  seq bigint NOT NULL,
  position bigint NOT NULL,
  doc jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (kind, id)
)`;

/** One row: which positions of the journal are applied. Without gaps it is the one range from 0. */
const projection = `CREATE TABLE gateway.projection (
  name text PRIMARY KEY,
  applied int8multirange NOT NULL
)`;

/** The tables of the gateway. */
export const gatewayTables: Migration = {
  name: '0001-gateway',
  sql: [
    apiToken,
    request,
    `CREATE INDEX request_pending ON gateway.request (next_send_at) WHERE status = 'pending'`,
    `CREATE INDEX request_created ON gateway.request USING brin (created_at)`,
    resource,
    `CREATE INDEX resource_position ON gateway.resource (position)`,
    `CREATE INDEX resource_by_tenant ON gateway.resource (kind, tenant_id, created_at DESC, id DESC)`,
    `CREATE INDEX resource_by_kind ON gateway.resource (kind, created_at DESC, id DESC)`,
    `CREATE INDEX resource_by_project ON gateway.resource (project_id, created_at DESC, id DESC) WHERE kind = 'vm'`,
    `CREATE INDEX resource_by_name ON gateway.resource (name) WHERE kind = 'vm'`,
    `CREATE INDEX resource_by_vm ON gateway.resource (vm_id, created_at DESC, id DESC) WHERE kind = 'operation'`,
    `CREATE INDEX resource_by_state ON gateway.resource (kind, state, created_at DESC, id DESC) WHERE kind IN ('operation', 'approval')`,
    projection,
    `INSERT INTO gateway.projection (name, applied) VALUES ('journal', '{[0,1)}')`,
    ...outboxMigrationSql('gateway'),
  ],
};
