import { outboxMigrationSql } from '@dcm/messaging';
import type { Migration } from '@dcm/runtime';

const directory = [
  `CREATE TABLE approvals.installation (
     single boolean PRIMARY KEY DEFAULT true CHECK (single),
     id uuid NOT NULL DEFAULT gen_random_uuid())`,
  `INSERT INTO approvals.installation DEFAULT VALUES`,
  `CREATE TABLE approvals.tenant (
     id uuid PRIMARY KEY,
     name text NOT NULL CONSTRAINT tenant_name UNIQUE,
     created_at timestamptz(3) NOT NULL DEFAULT now(),
     seq int NOT NULL DEFAULT 1)`,
  `CREATE TABLE approvals.site (
     name text CONSTRAINT site_name PRIMARY KEY,
     platform text NOT NULL,
     max_concurrent int NOT NULL CHECK (max_concurrent > 0),
     publisher text,
     draining boolean NOT NULL DEFAULT false,
     silent boolean NOT NULL DEFAULT false,
     description json,
     sealing_key text,
     announced_at timestamptz(3),
     heard_at timestamptz(3),
     paused_until timestamptz(3),
     pause_reason text,
     created_at timestamptz(3) NOT NULL DEFAULT now(),
     seq int NOT NULL DEFAULT 1)`,
  // Apart from the site's row, so that accepting a request does not wait for dispatching, which locks the site.
  `CREATE TABLE approvals.instance_number (
     site text PRIMARY KEY REFERENCES approvals.site,
     last int NOT NULL DEFAULT 0)`,
  `CREATE TABLE approvals.project (
     id uuid PRIMARY KEY,
     tenant_id uuid NOT NULL REFERENCES approvals.tenant,
     name text NOT NULL,
     site text NOT NULL REFERENCES approvals.site,
     policy json NOT NULL,
     created_at timestamptz(3) NOT NULL DEFAULT now(),
     seq int NOT NULL DEFAULT 1,
     CONSTRAINT project_name UNIQUE (tenant_id, name))`,
  `CREATE TABLE approvals.image (
     id uuid PRIMARY KEY,
     name text NOT NULL CONSTRAINT image_name UNIQUE,
     templates jsonb NOT NULL,
     created_at timestamptz(3) NOT NULL DEFAULT now(),
     seq int NOT NULL DEFAULT 1)`,
  `CREATE TABLE approvals.size (
     name text CONSTRAINT size_name PRIMARY KEY,
     cpus int NOT NULL CHECK (cpus > 0),
     memory_mib int NOT NULL CHECK (memory_mib > 0),
     seq int NOT NULL DEFAULT 1)`,
  `CREATE TABLE approvals.publisher (
     user_id text CONSTRAINT publisher_user PRIMARY KEY,
     tenant_id uuid REFERENCES approvals.tenant,
     relay boolean NOT NULL DEFAULT false,
     created_at timestamptz(3) NOT NULL DEFAULT now(),
     seq int NOT NULL DEFAULT 1)`,
  `CREATE TABLE approvals.site_resources (
     site text PRIMARY KEY REFERENCES approvals.site,
     pools json NOT NULL DEFAULT '[]',
     structure text,
     asked_at timestamptz(3),
     observed_at timestamptz(3),
     told_at timestamptz(3),
     seq int NOT NULL DEFAULT 0)`,
];

/**
 * The journal itself takes inserts and nothing else. Its place in commit order comes later, in a table beside it: a row's id
 * is drawn when it is written, and a transaction with a lower id may commit after one with a higher id.
 */
const journal = [
  `CREATE TABLE approvals.journal (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     chain text NOT NULL,
     chain_seq bigint NOT NULL,
     noun text NOT NULL,
     subject text NOT NULL,
     tenant_id uuid,
     action text NOT NULL,
     actor text NOT NULL,
     seq int NOT NULL,
     at timestamptz(3) NOT NULL,
     traceparent text,
     doc json NOT NULL,
     hash text NOT NULL,
     CONSTRAINT journal_chain UNIQUE (chain, chain_seq),
     CONSTRAINT journal_subject UNIQUE (noun, subject, seq))`,
  `CREATE FUNCTION approvals.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     RAISE EXCEPTION 'the journal is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
   END $$`,
  `CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE ON approvals.journal
     FOR EACH ROW EXECUTE FUNCTION approvals.refuse_change()`,
  `CREATE TRIGGER journal_no_truncate BEFORE TRUNCATE ON approvals.journal
     FOR EACH STATEMENT EXECUTE FUNCTION approvals.refuse_change()`,
  `CREATE TABLE approvals.journal_head (
     chain text PRIMARY KEY,
     chain_seq bigint NOT NULL,
     hash text NOT NULL)`,
  `CREATE TABLE approvals.journal_position (
     journal_id bigint PRIMARY KEY REFERENCES approvals.journal,
     position bigint UNIQUE)`,
  `CREATE INDEX journal_unplaced ON approvals.journal_position (journal_id) WHERE position IS NULL`,
  `CREATE TABLE approvals.journal_relay (
     single boolean PRIMARY KEY DEFAULT true CHECK (single),
     published bigint NOT NULL DEFAULT 0)`,
  `INSERT INTO approvals.journal_relay DEFAULT VALUES`,
];

const quota = [
  `CREATE TABLE approvals.quota (
     id uuid PRIMARY KEY,
     scope text NOT NULL CHECK (scope IN ('tenant', 'project')),
     tenant_id uuid NOT NULL REFERENCES approvals.tenant,
     limits json NOT NULL DEFAULT '{}',
     seq int NOT NULL DEFAULT 1)`,
  `CREATE INDEX quota_tenant ON approvals.quota (tenant_id)`,
  // One row per change, never an update: marking a scope takes no lock that two operations could wait for.
  `CREATE TABLE approvals.quota_dirty (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     tenant_id uuid NOT NULL,
     scope_id uuid NOT NULL)`,
  `CREATE TABLE approvals.ledger (
     vm_id uuid PRIMARY KEY,
     tenant_id uuid NOT NULL,
     project_id uuid NOT NULL,
     state text NOT NULL CHECK (state IN ('held', 'used')),
     vcpus bigint NOT NULL CHECK (vcpus >= 0),
     memory_mib bigint NOT NULL CHECK (memory_mib >= 0),
     disk_gib bigint NOT NULL CHECK (disk_gib >= 0),
     vms bigint NOT NULL CHECK (vms >= 0),
     changed_at timestamptz(3) NOT NULL DEFAULT now())`,
  `CREATE INDEX ledger_tenant ON approvals.ledger (tenant_id) INCLUDE (state, vcpus, memory_mib, disk_gib, vms)`,
  `CREATE INDEX ledger_project ON approvals.ledger (project_id) INCLUDE (state, vcpus, memory_mib, disk_gib, vms)`,
];

/** `body` is encrypted: a request that died may hold a guest's secret in the clear. */
const deadLetters = [
  `CREATE TABLE approvals.dead_letter (
     id uuid PRIMARY KEY,
     digest text NOT NULL CONSTRAINT dead_letter_digest UNIQUE,
     at timestamptz(3) NOT NULL DEFAULT now(),
     exchange text NOT NULL,
     routing_key text NOT NULL,
     queue text,
     type text,
     message_id text,
     content_type text,
     publisher text,
     reason text NOT NULL,
     error json,
     body bytea NOT NULL,
     replayed_at timestamptz(3))`,
  `CREATE INDEX dead_letter_at ON approvals.dead_letter (at DESC, id DESC)`,
];

/** The last complete scan of each site, and the one under way. */
const scans = [
  `CREATE TABLE approvals.scan (
     id uuid PRIMARY KEY,
     site text NOT NULL REFERENCES approvals.site,
     started_at timestamptz(3) NOT NULL DEFAULT now(),
     last_page int,
     error json,
     completed_at timestamptz(3))`,
  `CREATE INDEX scan_site ON approvals.scan (site, started_at DESC)`,
  `CREATE TABLE approvals.scan_page (
     scan_id uuid NOT NULL REFERENCES approvals.scan ON DELETE CASCADE,
     page int NOT NULL,
     PRIMARY KEY (scan_id, page))`,
  `CREATE TABLE approvals.discovered (
     scan_id uuid NOT NULL REFERENCES approvals.scan ON DELETE CASCADE,
     native_id text NOT NULL,
     name text,
     ownership json,
     power text NOT NULL,
     PRIMARY KEY (scan_id, native_id))`,
];

/** Directory, journal, quota, dead letters, scans, and the outbox of commands. */
export const foundation: Migration = {
  name: '1-foundation',
  sql: [...directory, ...journal, ...quota, ...deadLetters, ...scans, ...outboxMigrationSql('approvals')],
};
