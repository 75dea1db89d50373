import type { Migration } from '@dcm/runtime';

/** Rules that decide about requests. `scope` is the project, else the tenant, else nil for the platform: the rules of a project are read by three of them. */
export const policies: Migration = {
  name: '7-policies',
  sql: [
    `CREATE TABLE approvals.policy (
       id uuid PRIMARY KEY,
       tenant_id uuid REFERENCES approvals.tenant,
       project_id uuid REFERENCES approvals.project,
       scope uuid NOT NULL GENERATED ALWAYS AS
         (coalesce(project_id, tenant_id, '00000000-0000-0000-0000-000000000000'::uuid)) STORED,
       name text NOT NULL,
       place int NOT NULL,
       enabled boolean NOT NULL,
       operations json NOT NULL,
       condition text NOT NULL,
       effect json NOT NULL,
       over_quota json,
       created_at timestamptz(3) NOT NULL DEFAULT now(),
       seq int NOT NULL DEFAULT 1,
       CONSTRAINT policy_scope CHECK (project_id IS NULL OR tenant_id IS NOT NULL),
       CONSTRAINT policy_name UNIQUE (scope, name))`,
  ],
};
