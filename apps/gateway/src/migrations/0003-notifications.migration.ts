import type { Migration } from '@dcm/runtime';

const person = `CREATE TABLE gateway.person (
  tenant_id uuid NOT NULL,
  principal text NOT NULL,
  email text NOT NULL CHECK (email !~ '[[:cntrl:]]' AND length(email) <= 254),
  notify boolean NOT NULL,
  updated_by text NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, principal)
)`;

/** A level of a question whose approvers have been looked up: it is done once, whatever becomes of the mails. */
const askedLevel = `CREATE TABLE gateway.asked_level (
  approval_id uuid NOT NULL,
  level integer NOT NULL,
  plan_hash text NOT NULL,
  asked_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (approval_id, level, plan_hash)
)`;

/**
 * One mail to one person, with its link. The link's token is not stored: it follows from the installation's key, the id and the nonce; its
 * hash is there from the first attempt to send it. A link is used when \`decision\` is set, and done when \`recorded_at\` is.
 */
const notification = `CREATE TABLE gateway.notification (
  id uuid PRIMARY KEY,
  approval_id uuid NOT NULL,
  operation_id uuid NOT NULL,
  tenant_id uuid NOT NULL,
  level integer NOT NULL,
  plan_hash text NOT NULL,
  principal text NOT NULL,
  email text NOT NULL,
  nonce bytea NOT NULL CHECK (length(nonce) = 32),
  token_sha256 bytea UNIQUE CHECK (length(token_sha256) = 32),
  expires_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'failed', 'dropped')),
  attempts integer NOT NULL DEFAULT 0,
  next_at timestamptz NOT NULL DEFAULT now(),
  error text,
  sent_at timestamptz,
  decision text CHECK (decision IN ('approve', 'reject')),
  used_at timestamptz,
  recorded_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (approval_id, level, plan_hash, principal),
  CHECK ((decision IS NULL) = (used_at IS NULL)),
  CHECK (recorded_at IS NULL OR decision IS NOT NULL)
)`;

/** Whom to notify, and what was sent to them. */
export const notificationTables: Migration = {
  name: '0003-notifications',
  sql: [
    person,
    askedLevel,
    notification,
    `CREATE INDEX notification_due ON gateway.notification (next_at) WHERE state = 'pending'`,
    `CREATE INDEX notification_by_operation ON gateway.notification (operation_id, principal)`,
    `CREATE INDEX api_token_by_principal ON gateway.api_token (tenant_id, principal)`,
  ],
};
