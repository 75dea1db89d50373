import type { Migration } from '@dcm/runtime';

const dimensions = ['vcpus', 'memory_mib', 'disk_gib', 'vms', 'snapshots', 'monthly_cost_micros'];

/**
 * Snapshots and monthly cost count too. One index carries the sums of a tenant and of its projects, in one scan; a row is one VM; and
 * no project's limit is above its tenant's, whoever writes.
 */
export const quota: Migration = {
  name: '10-quota',
  sql: [
    `ALTER TABLE approvals.ledger
       ADD COLUMN snapshots bigint NOT NULL DEFAULT 0 CHECK (snapshots >= 0),
       ADD COLUMN monthly_cost_micros bigint NOT NULL DEFAULT 0 CHECK (monthly_cost_micros >= 0),
       ADD CONSTRAINT ledger_one_vm CHECK (vms = 1)`,
    `UPDATE approvals.ledger l SET snapshots = json_array_length(coalesce(v.doc -> 'snapshots', '[]')),
       monthly_cost_micros = coalesce((v.plan_price ->> 'perMonthMicros')::bigint, 0)
     FROM approvals.vm v WHERE v.id = l.vm_id`,
    `DROP INDEX approvals.ledger_tenant, approvals.ledger_project`,
    `CREATE INDEX ledger_tenant ON approvals.ledger (tenant_id) INCLUDE (project_id, state, ${dimensions.join(', ')})`,
    `CREATE FUNCTION approvals.refuse_limit_beyond_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
     DECLARE beyond text;
     BEGIN
       SELECT format('project %s may have %s %s, its tenant only %s', p.id, l.value, l.key, t.limits ->> l.key) INTO beyond
       FROM approvals.quota p JOIN approvals.quota t ON t.id = p.tenant_id AND t.scope = 'tenant', json_each_text(p.limits) l
       WHERE p.scope = 'project' AND (p.id = NEW.id OR (NEW.scope = 'tenant' AND p.tenant_id = NEW.id))
         AND l.value::numeric > (t.limits ->> l.key)::numeric
       LIMIT 1;
       IF beyond IS NOT NULL THEN
         RAISE EXCEPTION 'a limit is beyond its parent: %', beyond USING ERRCODE = 'check_violation';
       END IF;
       RETURN NULL;
     END $$`,
    `CREATE CONSTRAINT TRIGGER quota_within_tenant AFTER INSERT OR UPDATE OF limits ON approvals.quota
       DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION approvals.refuse_limit_beyond_tenant()`,
  ],
};
