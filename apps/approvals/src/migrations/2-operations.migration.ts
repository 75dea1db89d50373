import type { Migration } from '@dcm/runtime';

const vms = [
  `CREATE TABLE approvals.vm (
     id uuid PRIMARY KEY,
     tenant_id uuid NOT NULL REFERENCES approvals.tenant,
     project_id uuid NOT NULL REFERENCES approvals.project,
     site text NOT NULL REFERENCES approvals.site,
     name text NOT NULL,
     lifecycle text NOT NULL,
     instance_number int,
     holds_name boolean NOT NULL,
     is_settled boolean NOT NULL,
     absent_at timestamptz(3),
     native_ids json NOT NULL,
     looks json NOT NULL,
     look_at timestamptz(3),
     spec json,
     plan json,
     doc json NOT NULL,
     CONSTRAINT vm_instance_number UNIQUE (site, instance_number))
   WITH (fillfactor = 80)`,
  `CREATE UNIQUE INDEX vm_name ON approvals.vm (project_id, name) WHERE holds_name`,
  `CREATE INDEX vm_look ON approvals.vm (look_at) WHERE look_at IS NOT NULL`,
];

const operationRows = [
  `CREATE TABLE approvals.operation (
     id uuid PRIMARY KEY,
     kind text NOT NULL,
     tenant_id uuid NOT NULL,
     vm_id uuid,
     site text,
     state text NOT NULL,
     waiting_kind text,
     attempt int NOT NULL,
     payload_sha256 text NOT NULL,
     power json,
     traceparent text,
     holds_vm boolean NOT NULL,
     is_touched boolean NOT NULL,
     failures int NOT NULL,
     sends int NOT NULL,
     stop json,
     next_at timestamptz(3),
     quiet_at timestamptz(3),
     worker text,
     lease_until timestamptz(3),
     resume text,
     deadline_at timestamptz(3) NOT NULL,
     wake_at timestamptz(3),
     doc json NOT NULL)
   WITH (fillfactor = 80)`,
  // One mutating operation per VM; a delete takes the place of what it pre-empts.
  `CREATE UNIQUE INDEX operation_one_per_vm ON approvals.operation (vm_id) WHERE holds_vm`,
  // wake_at is null exactly when an operation has ended.
  `CREATE INDEX operation_open ON approvals.operation (vm_id) WHERE wake_at IS NOT NULL`,
  `CREATE INDEX operation_wake ON approvals.operation (wake_at) WHERE wake_at IS NOT NULL`,
  `CREATE INDEX operation_queued ON approvals.operation (site, tenant_id, next_at, id) WHERE state = 'queued'`,
  `CREATE INDEX operation_waiting ON approvals.operation (site, waiting_kind) WHERE state = 'queued'`,
  `CREATE INDEX operation_running ON approvals.operation (site, tenant_id) WHERE state = 'running'`,
  `CREATE INDEX operation_unplanned ON approvals.operation (site) WHERE state = 'accepted'`,
];

const approvals = [
  `CREATE TABLE approvals.approval (
     id uuid PRIMARY KEY,
     operation_id uuid NOT NULL REFERENCES approvals.operation,
     tenant_id uuid NOT NULL,
     state text NOT NULL,
     doc json NOT NULL)`,
  `CREATE INDEX approval_operation ON approvals.approval (operation_id)`,
];

const dispatch = [
  `CREATE TABLE approvals.site_gate (
     site text PRIMARY KEY REFERENCES approvals.site,
     pauses int NOT NULL)`,
  // When approvals last did its periodic work: a lease runs only while it does.
  `CREATE TABLE approvals.heartbeat (
     single boolean PRIMARY KEY DEFAULT true CHECK (single),
     at timestamptz(3) NOT NULL DEFAULT now())`,
  `INSERT INTO approvals.heartbeat DEFAULT VALUES`,
];

/** VMs, their operations, approvals, and what dispatching remembers of a site. */
export const operations: Migration = {
  name: '2-operations',
  sql: [...vms, ...operationRows, ...approvals, ...dispatch],
};
