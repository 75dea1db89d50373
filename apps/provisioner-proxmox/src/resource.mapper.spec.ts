import { resourcePoolSchema } from '@dcm/contracts';
import { resourcesOf } from './resource.mapper';
import { aNode, aStorage, shared, somePlaces } from './testing/places.builder';

describe('the resources of a site', () => {
  const places = somePlaces({
    nodes: [aNode(), aNode({ name: 'pve2', isOnline: false, memoryTotalMib: undefined, memoryUsedMib: undefined })],
    storages: [
      ...shared('ceph', ['pve1', 'pve2']),
      aStorage({ name: 'local', node: 'pve1' }),
      aStorage({ name: 'local', node: 'pve2' }),
      aStorage({ name: 'iso', content: new Set(['iso']) }),
    ],
    networks: [
      { name: 'vmbr0', kind: 'bridge', node: 'pve1' },
      { name: 'blue', kind: 'vnet', node: undefined },
    ],
  });
  const resources = resourcePoolSchema
    .array()
    .parse(resourcesOf(places, { 'VM Network': { bridge: 'vmbr0', vlan: 7 }, lost: { bridge: 'vmbr9' } }));
  const [pve1, pve2, pool] = resources;

  it('are nodes, each with what VMs can use on it, and pools', () => {
    expect(resources.map(({ kind, nativeId, available }) => [kind, nativeId, available])).toEqual([
      ['node', 'pve1', true],
      ['node', 'pve2', false],
      ['resource-pool', 'dcm', true],
    ]);
    expect(
      pve1?.storages.map(({ name, shared: isShared, totalGib, freeGib }) => [name, isShared, totalGib, freeGib]),
    ).toEqual([
      ['ceph', true, 100, 90],
      ['local', false, 100, 90],
    ]);
    expect(pve1?.networks.map(({ name }) => name)).toEqual(['vmbr0', 'blue', 'VM Network']);
    expect(pve2?.networks.map(({ name }) => name)).toEqual(['blue']);
    expect([pve1?.images.length, pve2?.images.length]).toEqual([1, 0]);
    expect(pve2?.capacity.memoryTotalMib).toBeNull();
  });

  it('show a pool everything of all nodes, each thing once', () => {
    expect(pool?.storages.map(({ nativeId }) => nativeId)).toEqual(['ceph', 'pve1/local', 'pve2/local']);
    expect(pool?.images).toHaveLength(1);
  });
});
