import type { ApprovalLevel, PolicyRule, ProjectId, QuotaLimits, SiteName, TenantId } from '@dcm/contracts';
import { newId } from '@dcm/runtime';
import type { InterleavingRoom } from './room';

/** What an interleaving happens in: a tenant of its own with tight limits, and a project on a site of its own. */
export interface InterleavingHome {
  readonly tenantId: TenantId;
  readonly projectId: ProjectId;
  readonly site: SiteName;
}

/** For 730 hours. */
export const perVcpuMicros = 730_000;
const tenantLimits: QuotaLimits = { vcpus: 7, diskGib: 60, vms: 3, snapshots: 3, monthlyCostMicros: 7 * perVcpuMicros };
const projectLimits: QuotaLimits = {
  vcpus: 6,
  diskGib: 50,
  vms: 3,
  snapshots: 2,
  monthlyCostMicros: 6 * perVcpuMicros,
};

/** More than two processors are put before approvers. */
const policy = { autoApprove: { maxVcpus: 2 }, approvalTtlHours: 0.02, onExpiry: 'reject' };
const level: ApprovalLevel = {
  mode: 'ANY_OF',
  approvers: [{ role: 'approver' }],
  minApprovals: 1,
  expiresInHours: 0.02,
  onExpiry: 'reject',
};
const overQuota: PolicyRule['overQuota'] = { levels: [level] };

/** How many operations the site takes at a time. */
export const places = 4;

/** @param isRaising whether what exceeds the quota is put before approvers, or refused. */
export async function openHome(room: InterleavingRoom, isRaising: boolean): Promise<InterleavingHome> {
  const [tenantId, projectId, site] = [newId(), newId(), `site-${newId().slice(-12)}`];
  await room.rows(
    `WITH tenant AS (INSERT INTO approvals.tenant (id, name) VALUES ($1::uuid, $1::uuid::text)),
       site AS (INSERT INTO approvals.site (name, platform, max_concurrent, announced_at, looks_at_once) VALUES ($3::text, 'vsphere', ${places}, now(), 3)),
       number AS (INSERT INTO approvals.instance_number (site) VALUES ($3::text)),
       project AS (INSERT INTO approvals.project (id, tenant_id, name, site, policy) VALUES ($2::uuid, $1::uuid, 'p', $3::text, $4::json)),
       quota AS (INSERT INTO approvals.quota (id, scope, tenant_id, limits)
         VALUES ($1::uuid, 'tenant', $1::uuid, $5::json), ($2::uuid, 'project', $1::uuid, $6::json)),
       rate AS (INSERT INTO approvals.rate (id, site, currency, vcpu_hour_micros, memory_gib_hour_micros, disk_gib_hour_micros,
           vcpu_hour_off_micros, memory_gib_hour_off_micros, valid_from)
         VALUES (gen_random_uuid(), $3::text, 'EUR', 1000, 0, 0, 0, 0, '2020-01-01'))
     INSERT INTO approvals.policy (id, tenant_id, project_id, name, place, enabled, operations, condition, effect, over_quota)
     SELECT gen_random_uuid(), $1::uuid, $2::uuid, 'over', 1, $7::boolean, '["vm.create","vm.resize"]', 'quota.isExceeded', '{"kind":"approve"}', $8::json`,
    [
      tenantId,
      projectId,
      site,
      ...[policy, tenantLimits, projectLimits].map((one) => JSON.stringify(one)),
      isRaising,
      JSON.stringify(overQuota),
    ],
  );
  return { tenantId: tenantId as TenantId, projectId: projectId as ProjectId, site: site as SiteName };
}
