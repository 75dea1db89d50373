import { noAmount, type Quota, type ResourceAmount } from '@dcm/contracts';
import { Admission, beyond, quotaErrorOf } from './admission.policy';

const one: ResourceAmount = { ...noAmount, vcpus: 2, memoryMib: 2048, diskGib: 10, vms: 1 };
const quota = (id: string, limits: Quota['limits'], held: ResourceAmount = noAmount): Quota => ({
  id,
  scope: id === 't' ? 'tenant' : 'project',
  tenantId: 't',
  limits,
  held,
  used: noAmount,
  seq: 1,
});

describe('admission policy', () => {
  it('names every scope and dimension that does not suffice', () => {
    const error = quotaErrorOf([quota('t', { vcpus: 1 }), quota('p', { memoryMib: 2047, diskGib: 10 })], one);
    expect(error).toMatchObject({ code: 'QUOTA_EXCEEDED' });
    expect(error?.details?.map(({ pointer }) => pointer)).toEqual(['/cpus', '/memoryMib']);
  });

  it('fits exactly', () => {
    expect(quotaErrorOf([quota('p', { vcpus: 2, memoryMib: 2048, diskGib: 10, vms: 1 })], one)).toBeNull();
  });

  it('lets one request of a batch count against the next', () => {
    const admission = new Admission([quota('t', { vms: 3 }), quota('p', { vms: 2 }), quota('q', {})]);
    const answers = ['p', 'p', 'p', 'q', 'q'].map((project) => admission.admit(['t', project], one) === null);
    // The project is full after two, the tenant after one more; what was refused took nothing.
    expect(answers).toEqual([true, true, false, true, false]);
  });

  it('asks only for what is not held yet', () => {
    expect(beyond({ ...one, diskGib: 30 }, one)).toEqual({ ...noAmount, diskGib: 20 });
    expect(beyond(one, { ...one, vcpus: 9 })).toEqual(noAmount);
    expect(beyond(one, null)).toEqual(one);
  });
});
