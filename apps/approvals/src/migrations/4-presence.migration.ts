import type { Migration } from '@dcm/runtime';

/** Scans are asked for again and again: what stands here of them may go. Their pages belong to a run, since a scan that is begun anew pages anew. */
const scans = [
  `DELETE FROM approvals.scan`,
  `DROP TABLE approvals.scan_page`,
  `DROP TABLE approvals.discovered`,
  `ALTER TABLE approvals.scan DROP COLUMN last_page`,
  `CREATE UNIQUE INDEX scan_under_way ON approvals.scan (site) WHERE completed_at IS NULL`,
  `CREATE TABLE approvals.scan_page (
     scan_id uuid NOT NULL REFERENCES approvals.scan ON DELETE CASCADE,
     run text NOT NULL,
     page int NOT NULL,
     is_last boolean NOT NULL,
     PRIMARY KEY (scan_id, run, page))`,
  `CREATE TABLE approvals.discovered (
     scan_id uuid NOT NULL REFERENCES approvals.scan ON DELETE CASCADE,
     run text NOT NULL,
     native_id text NOT NULL,
     name text,
     ownership json,
     power text NOT NULL,
     PRIMARY KEY (scan_id, run, native_id))`,
  // So that many sites are not asked in the same moment for ever: 0.9 to 1.1 of an interval, the same for the same seed.
  `CREATE FUNCTION approvals.jittered(interval_ms bigint, seed text) RETURNS interval LANGUAGE sql IMMUTABLE AS $$
     SELECT interval_ms * (0.9 + 0.2 * (abs(hashtext(seed)::bigint) % 1000) / 1000.0) * interval '1 millisecond' $$`,
  `ALTER TABLE approvals.site_resources ADD COLUMN answered_at timestamptz(3)`,
  `ALTER TABLE approvals.site ADD COLUMN scan json`,
];

/** What a scan is compared with. The columns follow the document, so that ten thousand documents need not be read for it. */
const vms = [
  `ALTER TABLE approvals.vm
     ADD COLUMN presence text GENERATED ALWAYS AS (doc ->> 'presence') STORED,
     ADD COLUMN power text GENERATED ALWAYS AS (doc ->> 'power') STORED,
     ADD COLUMN native_id text GENERATED ALWAYS AS (doc ->> 'nativeId') STORED,
     ADD COLUMN noticed_at timestamptz(3)`,
  `CREATE INDEX vm_native ON approvals.vm (site, native_id) WHERE lifecycle = 'active'`,
  // Times in documents are ISO 8601 in UTC: their order as texts is that of time.
  `CREATE INDEX operation_ended ON approvals.operation (site, (doc ->> 'updatedAt')) WHERE wake_at IS NULL`,
];

/** VMs that complete scans did not show, how often in a row; and what scans found that is to be decided about. */
const findings = [
  `CREATE TABLE approvals.unseen (
     vm_id uuid PRIMARY KEY,
     site text NOT NULL,
     scans int NOT NULL,
     is_unmarked boolean NOT NULL)`,
  `CREATE INDEX unseen_site ON approvals.unseen (site)`,
  `CREATE TABLE approvals.finding (
     vm_id uuid PRIMARY KEY,
     kind text NOT NULL CHECK (kind IN ('seen', 'changed', 'unmarked', 'unseen', 'unreachable')),
     at timestamptz(3) NOT NULL DEFAULT now())`,
];

/** Presence: what scans find, what is remembered of it, and what follows. */
export const presence: Migration = { name: '4-presence', sql: [...scans, ...vms, ...findings] };
