import { noAmount, type Quota, type QuotaLimits, type ResourceAmount } from '@dcm/contracts';
import { excessOf, limitsBeyond, usageOf } from './quota.mapper';

const aQuota = (
  limits: QuotaLimits,
  held: Partial<ResourceAmount> = {},
  used: Partial<ResourceAmount> = {},
): Quota => ({
  id: 'q',
  scope: 'project',
  tenantId: 't',
  limits,
  held: { ...noAmount, ...held },
  used: { ...noAmount, ...used },
  seq: 1,
});
const pointers = (quota: Quota, asked: Partial<ResourceAmount>): string[] =>
  excessOf(quota, { ...noAmount, ...asked }).map((detail) => detail.pointer);

describe('usage', () => {
  const row = (project: string, state: 'held' | 'used', vcpus: number) => ({
    ...{ tenant_id: 't', project_id: project, state },
    ...{ vcpus: String(vcpus), memory_mib: '2', disk_gib: '3', vms: '1', snapshots: '0', monthly_cost_micros: '9' },
  });

  it('of a tenant is that of its projects, what is held beside what is used', () => {
    const usage = usageOf([row('a', 'held', 1), row('a', 'used', 2), row('b', 'used', 4)]);
    expect(usage.get('a')).toMatchObject({ held: { vcpus: 1, vms: 1 }, used: { vcpus: 2, monthlyCostMicros: 9 } });
    expect(usage.get('b')).toMatchObject({ held: noAmount, used: { vcpus: 4, memoryMib: 2 } });
    expect(usage.get('t')).toMatchObject({ held: { vcpus: 1 }, used: { vcpus: 6, diskGib: 6, vms: 2 } });
  });
});

describe('a quota', () => {
  it('admits what fills it to the brim, and refuses one more', () => {
    const quota = aQuota({ vcpus: 10 }, { vcpus: 3 }, { vcpus: 4 });
    expect([pointers(quota, { vcpus: 3 }), pointers(quota, { vcpus: 4 })]).toEqual([[], ['/cpus']]);
  });

  it('points at the field of each dimension', () => {
    const asked = { vcpus: 1, memoryMib: 1, diskGib: 1, vms: 1 };
    const full = aQuota({ vcpus: 0, memoryMib: 0, diskGib: 0, vms: 0 });
    expect(pointers(full, asked)).toEqual(['/cpus', '/memoryMib', '/disks', '/']);
  });

  it('without a limit admits everything, and never refuses what is not asked for', () => {
    expect(pointers(aQuota({}), { vms: 1_000_000 })).toEqual([]);
    expect(pointers(aQuota({ vcpus: 1 }, {}, { vcpus: 5 }), { vcpus: 0, diskGib: 3 })).toEqual([]);
  });

  it('of a project stays within that of its tenant where both have one', () => {
    expect(limitsBeyond({ vcpus: 5, vms: 3 }, { vcpus: 4, memoryMib: 1 })).toEqual([
      { pointer: '/limits/vcpus', message: 'the project would have 5 vcpus, its tenant only 4' },
    ]);
    expect(limitsBeyond({ vcpus: 4 }, { vcpus: 4 })).toEqual([]);
  });
});
