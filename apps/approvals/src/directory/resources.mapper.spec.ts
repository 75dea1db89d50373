import type { ResourcePool } from '@dcm/contracts';
import { structureHashOf } from './resources.mapper';

const aPool = (fields: Partial<ResourcePool> = {}): ResourcePool => ({
  nativeId: 'c1',
  kind: 'cluster',
  name: 'cluster',
  path: '/dc/cluster',
  available: true,
  capacity: { cpuCores: 8, cpuTotalMhz: 16_000, cpuUsedMhz: 1, memoryTotalMib: 1024, memoryUsedMib: 1 },
  storages: [{ nativeId: 'ds', name: 'ds', type: 'VMFS', shared: true, available: true, totalGib: 9, freeGib: 8 }],
  networks: [{ nativeId: 'n', name: 'VM Network', kind: 'portgroup' }],
  images: [],
  ...fields,
});
const [storage] = aPool().storages;

describe('the structure of an inventory', () => {
  const hash = structureHashOf([aPool(), aPool({ nativeId: 'c2' })]);

  it('is the same when only use changed, or the order of pools', () => {
    const busy = aPool({
      capacity: { ...aPool().capacity, cpuUsedMhz: 9_999, memoryUsedMib: 1_000 },
      storages: [{ ...storage!, freeGib: 0.5 }],
    });
    expect(structureHashOf([aPool({ nativeId: 'c2' }), busy])).toBe(hash);
  });

  it.each<[string, Partial<ResourcePool>]>([
    ['a name', { name: 'renamed' }],
    ['availability', { available: false }],
    ['capacity', { capacity: { ...aPool().capacity, memoryTotalMib: 2048 } }],
    ['the size of a storage', { storages: [{ ...storage!, totalGib: 10 }] }],
    ['a network', { networks: [] }],
    ['an image', { images: [{ nativeId: 'i', name: 'debian', guestOs: null }] }],
  ])('is another one when %s changed', (_, fields) => {
    expect(structureHashOf([aPool(fields), aPool({ nativeId: 'c2' })])).not.toBe(hash);
  });
});
