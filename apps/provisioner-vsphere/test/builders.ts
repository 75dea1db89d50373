import type { Ownership, VmSpec } from '@dcm/contracts';
import { reference } from '../src/client/managed.object';
import type { VimRecord } from '../src/client/reader';
import { readMachine, type Machine } from '../src/machine.mapper';
import { markSettings } from '../src/mark.mapper';
import type { Compute, Datastore, Host, Image, Network, Places, Pool } from '../src/places';
import type { Template } from '../src/template';
import { siteOptionsSchema, type SiteOptions } from '../src/vsphere.config';

export const GIB_IN_KIB = 1024 * 1024;
const GIB = 1024 ** 3;

export const anOwnership = (changes: Partial<Ownership> = {}): Ownership => ({
  installation: 'lab',
  tenant: 'tenant-a',
  project: 'project-a',
  instance: '0198f3c2-0000-7000-8000-000000000003',
  ...changes,
});

export const FOLDER = reference('Folder', 'group-v5');

/** A disk as vCenter shows it. */
export const aDisk = (sizeGib: number, changes: VimRecord = {}): VimRecord => ({
  $type: 'VirtualDisk',
  key: 2000,
  controllerKey: 1000,
  unitNumber: 0,
  capacityInKB: sizeGib * GIB_IN_KIB,
  capacityInBytes: sizeGib * GIB,
  backing: {
    $type: 'VirtualDiskFlatVer2BackingInfo',
    fileName: '[ds] vm/vm.vmdk',
    datastore: reference('Datastore', 'datastore-1'),
    diskMode: 'persistent',
    thinProvisioned: true,
    futureField: 'x',
  },
  ...changes,
});

export const aController = (changes: VimRecord = {}): VimRecord => ({
  $type: 'ParaVirtualSCSIController',
  key: 1000,
  busNumber: 0,
  ...changes,
});

/** A card on the standard network "VM Network". */
export const aNic = (changes: VimRecord = {}): VimRecord => ({
  $type: 'VirtualVmxnet3',
  key: 4000,
  controllerKey: 100,
  unitNumber: 7,
  addressType: 'assigned',
  macAddress: '00:50:56:AA:BB:01',
  backing: { $type: 'VirtualEthernetCardNetworkBackingInfo', deviceName: 'VM Network' },
  ...changes,
});

/** Properties of a small VM of ours that is off. */
export function vmProperties(changes: VimRecord = {}, ownership = anOwnership()): VimRecord {
  const settings = markSettings(ownership, FOLDER, 'web-0198f3c2');
  return {
    name: 'web-0198f3c2',
    parent: FOLDER,
    'runtime.powerState': 'poweredOff',
    'runtime.connectionState': 'connected',
    'config.instanceUuid': ownership.instance,
    'config.changeVersion': '7',
    'config.extraConfig': [...settings].map(([key, value]) => ({ key, value })),
    'config.hardware.numCPU': 1,
    'config.hardware.numCoresPerSocket': 1,
    'config.hardware.memoryMB': 1024,
    'config.hardware.device': [aController(), aDisk(8), aNic()],
    ...changes,
  };
}

export const aMachine = (changes: VimRecord = {}, ownership = anOwnership()): Machine =>
  readMachine({ ref: reference('VirtualMachine', 'vm-7'), properties: vmProperties(changes, ownership) });

export const aSpec = (changes: Partial<VmSpec> = {}): VmSpec => ({
  name: 'web',
  platformName: 'web-0198f3c2',
  image: { name: 'debian-12', source: 'debian-12-template' },
  cpus: 1,
  memoryMib: 1024,
  disks: [],
  networks: [{ network: 'VM Network' }],
  poweredOn: true,
  labels: {},
  metadata: {},
  guest: { hostname: null, sshKeys: [], userData: null },
  ...changes,
});

export const someOptions = (changes: Partial<SiteOptions> = {}): SiteOptions => siteOptionsSchema.parse(changes);

const entity = (type: string, value: string, path: string) => ({
  ref: reference(type, value),
  name: path.split('/').at(-1) ?? '',
  path,
});

export const aHost = (changes: Partial<Host> = {}): Host => ({
  ...entity('HostSystem', 'host-1', '/DC0/host/C0/H1'),
  isUsable: true,
  datastores: new Set(['datastore-1']),
  threads: 32,
  memoryMib: 131_072,
  cpuUsedMhz: 100,
  memoryUsedMib: 1_000,
  ...changes,
});

export const aCompute = (changes: Partial<Compute> = {}): Compute => ({
  ...entity('ClusterComputeResource', 'domain-c1', '/DC0/host/C0'),
  isCluster: true,
  placesByItself: true,
  hosts: [aHost()],
  datastores: new Set(['datastore-1']),
  networks: new Set(['network-1', 'dvportgroup-1']),
  rootPool: reference('ResourcePool', 'resgroup-1'),
  cpuCores: 16,
  cpuTotalMhz: 40_000,
  memoryTotalMib: 131_072,
  ...changes,
});

export const aPool = (changes: Partial<Pool> = {}): Pool => ({
  ...entity('ResourcePool', 'resgroup-1', '/DC0/host/C0/Resources'),
  owner: 'domain-c1',
  cpuTotalMhz: undefined,
  cpuUsedMhz: undefined,
  memoryTotalMib: undefined,
  memoryUsedMib: undefined,
  ...changes,
});

export const aDatastore = (changes: Partial<Datastore> = {}): Datastore => ({
  ...entity('Datastore', 'datastore-1', '/DC0/datastore/ds-1'),
  type: 'VMFS',
  isShared: true,
  isUsable: true,
  totalBytes: 1000 * GIB,
  freeBytes: 500 * GIB,
  ...changes,
});

export const aNetwork = (changes: Partial<Network> = {}): Network => ({
  ...entity('Network', 'network-1', '/DC0/network/VM Network'),
  wiring: { kind: 'standard' },
  ...changes,
});

export const aPortgroup = (changes: Partial<Network> = {}): Network => ({
  ...entity('DistributedVirtualPortgroup', 'dvportgroup-1', '/DC0/network/prod'),
  wiring: { kind: 'distributed', switchUuid: 'sw-1', portgroupKey: 'dvportgroup-1' },
  ...changes,
});

export const somePlaces = (changes: Partial<Places> = {}): Places => ({
  datacenter: { ...entity('Datacenter', 'datacenter-1', '/DC0'), vmFolder: reference('Folder', 'group-v1') },
  folders: new Set(['dcm', 'dcm/prod']),
  computes: [aCompute()],
  pools: [aPool()],
  datastores: [aDatastore()],
  networks: [aNetwork(), aPortgroup()],
  ...changes,
});

export const anImage = (changes: Partial<Image> = {}): Image => ({
  ...entity('VirtualMachine', 'vm-1', '/DC0/vm/debian-12-template'),
  guestId: 'debian12_64Guest',
  ...changes,
});

export const aTemplate = (changes: Partial<Template> = {}): Template => ({
  image: anImage(),
  version: '2026-01-01',
  coresPerSocket: 1,
  isEfi: false,
  devices: aMachine().devices,
  snapshot: undefined,
  host: reference('HostSystem', 'host-1'),
  ...changes,
});
