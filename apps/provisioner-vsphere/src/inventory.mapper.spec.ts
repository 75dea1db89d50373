import { reference } from './client/managed.object';
import type { ObjectProperties } from './client/property.collector';
import { datacentersOf, imagesOf, placesOf } from './inventory.mapper';
import { Tree } from './inventory.tree';

const of = (type: string, value: string, properties: Record<string, unknown>): ObjectProperties => ({
  ref: reference(type, value),
  properties,
  missing: new Map(),
});
const child = (type: string, value: string): ReturnType<typeof reference> => reference(type, value);
const root = child('Folder', 'group-d1');
const dc = child('Datacenter', 'datacenter-2');
const hosts = child('Folder', 'group-h3');
const vms = child('Folder', 'group-v4');
const nets = child('Folder', 'group-n5');

const objects: ObjectProperties[] = [
  of('Folder', 'group-d1', { name: 'Datacenters' }),
  of('Datacenter', 'datacenter-2', { name: 'DC%2f0', parent: root, vmFolder: vms }),
  of('Folder', 'group-h3', { name: 'host', parent: dc }),
  of('Folder', 'group-v4', { name: 'vm', parent: dc }),
  of('Folder', 'group-v6', { name: 'dcm', parent: vms }),
  of('Folder', 'group-v7', { name: 'prod', parent: child('Folder', 'group-v6') }),
  of('Folder', 'group-n5', { name: 'network', parent: dc }),
  of('ClusterComputeResource', 'domain-c1', {
    name: 'C0',
    parent: hosts,
    host: [child('HostSystem', 'host-1'), child('HostSystem', 'host-gone')],
    network: [child('Network', 'network-1')],
    'configurationEx.drsConfig.enabled': false,
    'summary.totalMemory': 8 * 1024 ** 3,
  }),
  of('HostSystem', 'host-1', {
    name: 'H1',
    parent: child('ClusterComputeResource', 'domain-c1'),
    'runtime.connectionState': 'connected',
    'runtime.inMaintenanceMode': true,
  }),
  of('VmwareDistributedVirtualSwitch', 'dvs-1', {
    name: 'DVS',
    parent: nets,
    uuid: 'u-1',
    'config.uplinkPortgroup': [child('DistributedVirtualPortgroup', 'dvportgroup-9')],
  }),
  of('DistributedVirtualPortgroup', 'dvportgroup-1', {
    name: 'prod',
    parent: nets,
    key: 'dvportgroup-1',
    'config.distributedVirtualSwitch': child('VmwareDistributedVirtualSwitch', 'dvs-1'),
  }),
  of('DistributedVirtualPortgroup', 'dvportgroup-9', { name: 'renamed', parent: nets, key: 'dvportgroup-9' }),
  of('DistributedVirtualPortgroup', 'dvportgroup-8', { name: 'up', parent: nets, key: 'k', 'config.uplink': true }),
  of('DistributedVirtualPortgroup', 'dvportgroup-7', { name: 'DVS-DVUplinks-12', parent: nets, key: 'k' }),
  of('DistributedVirtualPortgroup', 'dvportgroup-6', { name: 'switchless', parent: nets, key: 'k' }),
  of('OpaqueNetwork', 'network-o1', {
    name: 'nsx',
    parent: nets,
    'summary.opaqueNetworkId': 'id-1',
    'summary.opaqueNetworkType': 'nsx.LogicalSwitch',
  }),
  of('Network', 'network-1', { name: 'VM%2fNet', parent: nets }),
  of('Datastore', 'ds-1', {
    name: 'ds-1',
    parent: dc,
    'summary.accessible': true,
    'summary.maintenanceMode': 'normal',
  }),
  of('Datastore', 'ds-2', {
    name: 'ds-2',
    parent: dc,
    'summary.accessible': true,
    'summary.maintenanceMode': 'inMaintenance',
  }),
  of('Datastore', 'ds-3', { name: 'ds-3', parent: dc }),
  of('VirtualMachine', 'vm-1', { name: 'golden', parent: vms, 'config.template': true, 'config.guestId': 'x64' }),
  of('VirtualMachine', 'vm-2', { name: 'running', parent: vms, 'config.template': false }),
  of('VirtualMachine', 'vm-3', { name: 'elsewhere', 'config.template': true }),
];

describe('an inventory', () => {
  const tree = new Tree(objects);
  const [datacenter] = datacentersOf(tree);
  const places = placesOf(tree, datacenter!);

  it('has paths from the root, with names as people see them', () => {
    expect(datacenter).toMatchObject({ name: 'DC/0', path: '/DC/0', vmFolder: vms });
    expect(places.computes[0]?.path).toBe('/DC/0/host/C0');
    expect([...places.folders].sort()).toEqual(['dcm', 'dcm/prod']);
  });

  it('knows which hosts can run a VM, and whether the cluster chooses one itself', () => {
    expect(places.computes[0]).toMatchObject({
      isCluster: true,
      placesByItself: false,
      memoryTotalMib: 8192,
      hosts: [{ name: 'H1', isUsable: false }],
    });
  });

  it('leaves out the port groups of uplinks and those that cannot be wired', () => {
    expect(places.networks.map(({ name, wiring }) => [name, wiring])).toEqual([
      ['prod', { kind: 'distributed', switchUuid: 'u-1', portgroupKey: 'dvportgroup-1' }],
      ['nsx', { kind: 'opaque', opaqueId: 'id-1', opaqueType: 'nsx.LogicalSwitch' }],
      ['VM/Net', { kind: 'standard' }],
    ]);
  });

  it('uses a datastore only when it is accessible and not in maintenance', () => {
    expect(places.datastores.map(({ name, isUsable }) => [name, isUsable])).toEqual([
      ['ds-1', true],
      ['ds-2', false],
      ['ds-3', false],
    ]);
  });

  it('takes templates of the datacenter for images', () => {
    expect(imagesOf(tree, datacenter!)).toMatchObject([{ name: 'golden', guestId: 'x64' }]);
  });

  it('does not run in circles when the inventory does', () => {
    const a = of('Folder', 'a', { name: 'a', parent: child('Folder', 'b') });
    const b = of('Folder', 'b', { name: 'b', parent: child('Folder', 'a') });
    expect(new Tree([a, b]).of(['Folder']).map(({ entity }) => entity.path)).toEqual(['/a', '/b']);
  });
});
