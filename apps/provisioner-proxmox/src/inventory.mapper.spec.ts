import { readPlaces } from './inventory.mapper';

describe('the places of a cluster', () => {
  it('are read from what its lists show', () => {
    const places = readPlaces({
      nodes: [
        { node: 'pve1', status: 'online', maxcpu: 8, mem: 1024 ** 3, maxmem: 8 * 1024 ** 3 },
        { node: 'pve2', status: 'offline' },
        { status: 'online' },
      ],
      resources: [
        {
          type: 'storage',
          storage: 'ceph',
          node: 'pve1',
          shared: 1,
          status: 'available',
          content: 'images,rootdir',
          plugintype: 'rbd',
          disk: 5,
          maxdisk: '9',
        },
        { type: 'storage', storage: 'local', node: 'pve2', shared: 0, status: 'unknown', content: 'iso' },
        { type: 'qemu', vmid: 9001, node: 'pve1', name: 'debian', template: 1 },
        { type: 'qemu', vmid: 100, node: 'pve1', name: 'web', template: 0 },
        { type: 'lxc', vmid: 101, node: 'pve1', template: 1 },
        { type: 'node', node: 'pve1' },
      ],
      pools: [{ poolid: 'dcm', comment: 'x' }],
      networks: new Map([
        [
          'pve1',
          [
            { iface: 'vmbr0', type: 'bridge' },
            { iface: 'eno1', type: 'eth' },
            { iface: 'vmbr1', type: 'OVSBridge' },
          ],
        ],
      ]),
      vnets: [{ vnet: 'blue', zone: 'z' }],
    });
    expect(places).toEqual({
      nodes: [
        { name: 'pve1', isOnline: true, cpus: 8, memoryTotalMib: 8192, memoryUsedMib: 1024 },
        { name: 'pve2', isOnline: false, cpus: undefined, memoryTotalMib: undefined, memoryUsedMib: undefined },
      ],
      storages: [
        {
          name: 'ceph',
          node: 'pve1',
          type: 'rbd',
          isShared: true,
          isActive: true,
          content: new Set(['images', 'rootdir']),
          totalBytes: 9,
          usedBytes: 5,
        },
        {
          name: 'local',
          node: 'pve2',
          type: '',
          isShared: false,
          isActive: false,
          content: new Set(['iso']),
          totalBytes: undefined,
          usedBytes: undefined,
        },
      ],
      images: [{ vmid: 9001, node: 'pve1', name: 'debian' }],
      pools: ['dcm'],
      networks: [
        { name: 'vmbr0', kind: 'bridge', node: 'pve1' },
        { name: 'vmbr1', kind: 'bridge', node: 'pve1' },
        { name: 'blue', kind: 'vnet', node: undefined },
      ],
    });
  });

  it('are none where nothing is shown', () => {
    expect(readPlaces({ nodes: null, resources: [], pools: undefined, networks: new Map(), vnets: [] }).nodes).toEqual(
      [],
    );
  });
});
