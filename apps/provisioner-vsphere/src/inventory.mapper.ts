import type { ManagedObjectReference } from './client/managed.object';
import type { ObjectProperties } from './client/property.collector';
import { readBoolean, readList, readNumber, readReference, readString, type VimRecord } from './client/reader';
import { plainName } from './machine.mapper';

const NAMED = ['name', 'parent'] as const;
const COMPUTE = [
  ...NAMED,
  'host',
  'datastore',
  'network',
  'resourcePool',
  'summary.numCpuCores',
  'summary.totalCpu',
  'summary.totalMemory',
] as const;
const NETWORK = [...NAMED, 'summary.accessible'] as const;

/**
 * What is read of the places where VMs can run, as leaf properties. A subtype's list repeats its base's: whether a
 * server reads both lists or only the closer one is not documented.
 */
export const PLACE_PATHS = {
  Folder: NAMED,
  Datacenter: [...NAMED, 'vmFolder'],
  ComputeResource: COMPUTE,
  ClusterComputeResource: [...COMPUTE, 'configurationEx.drsConfig.enabled'],
  HostSystem: [
    ...NAMED,
    'datastore',
    'runtime.connectionState',
    'runtime.inMaintenanceMode',
    'runtime.powerState',
    'summary.hardware.numCpuThreads',
    'summary.hardware.memorySize',
    'summary.quickStats.overallCpuUsage',
    'summary.quickStats.overallMemoryUsage',
  ],
  ResourcePool: [
    ...NAMED,
    'owner',
    'runtime.cpu.maxUsage',
    'runtime.cpu.overallUsage',
    'runtime.memory.maxUsage',
    'runtime.memory.overallUsage',
  ],
  Datastore: [
    ...NAMED,
    'summary.type',
    'summary.capacity',
    'summary.freeSpace',
    'summary.accessible',
    'summary.maintenanceMode',
    'summary.multipleHostAccess',
  ],
  Network: NETWORK,
  DistributedVirtualPortgroup: [...NETWORK, 'key', 'config.uplink', 'config.distributedVirtualSwitch'],
  OpaqueNetwork: [...NETWORK, 'summary.opaqueNetworkId', 'summary.opaqueNetworkType'],
  DistributedVirtualSwitch: [...NAMED, 'uuid', 'config.uplinkPortgroup'],
} as const satisfies Record<string, readonly string[]>;

/** What is read of every VM to find the templates among them. */
export const IMAGE_PATHS = {
  Folder: NAMED,
  Datacenter: NAMED,
  VirtualMachine: [...NAMED, 'config.template', 'config.guestId'],
} as const satisfies Record<string, readonly string[]>;

/** Anything with a name and a place in the inventory. */
export interface Entity {
  readonly ref: ManagedObjectReference;
  readonly name: string;
  /** Such as `/DC0/vm/dcm`. */
  readonly path: string;
}

export interface Datacenter extends Entity {
  readonly vmFolder: ManagedObjectReference;
}

export interface Host extends Entity {
  readonly isUsable: boolean;
  readonly datastores: ReadonlySet<string>;
  /** Logical processors: a VM can have no more. */
  readonly threads: number | undefined;
  readonly memoryMib: number | undefined;
  readonly cpuUsedMhz: number | undefined;
  readonly memoryUsedMib: number | undefined;
}

/** A cluster, or a host that belongs to none. */
export interface Compute extends Entity {
  readonly isCluster: boolean;
  /** Whether the cluster chooses the host of a new VM itself. */
  readonly placesByItself: boolean;
  readonly hosts: readonly Host[];
  readonly datastores: ReadonlySet<string>;
  readonly networks: ReadonlySet<string>;
  readonly rootPool: ManagedObjectReference | undefined;
  readonly cpuCores: number | undefined;
  readonly cpuTotalMhz: number | undefined;
  readonly memoryTotalMib: number | undefined;
}

export interface Pool extends Entity {
  readonly owner: string;
  readonly cpuTotalMhz: number | undefined;
  readonly cpuUsedMhz: number | undefined;
  readonly memoryTotalMib: number | undefined;
  readonly memoryUsedMib: number | undefined;
}

export interface Datastore extends Entity {
  readonly type: string;
  readonly isShared: boolean;
  readonly isUsable: boolean;
  readonly totalBytes: number | undefined;
  readonly freeBytes: number | undefined;
}

/** How a NIC is plugged into a network. */
export type Wiring =
  | { readonly kind: 'standard' }
  | { readonly kind: 'distributed'; readonly switchUuid: string; readonly portgroupKey: string }
  | { readonly kind: 'opaque'; readonly opaqueId: string; readonly opaqueType: string };

export interface Network extends Entity {
  readonly wiring: Wiring;
}

export interface Image extends Entity {
  readonly guestId: string | undefined;
}

/** The places of one datacenter. */
export interface Places {
  readonly datacenter: Datacenter;
  /** Paths of VM folders, below the datacenter's VM folder. */
  readonly folders: ReadonlySet<string>;
  readonly computes: readonly Compute[];
  readonly pools: readonly Pool[];
  readonly datastores: readonly Datastore[];
  readonly networks: readonly Network[];
}

const BYTES_PER_MIB = 1024 * 1024;

/** Objects by reference, with their paths. */
export class Tree {
  private readonly byRef: ReadonlyMap<string, ObjectProperties>;

  constructor(private readonly objects: readonly ObjectProperties[]) {
    this.byRef = new Map(objects.map((one) => [one.ref.value, one]));
  }

  /** Objects of these types, below one datacenter where one is given. */
  of(types: readonly string[], datacenter?: Entity): { entity: Entity; properties: VimRecord }[] {
    return this.objects
      .filter(({ ref }) => types.includes(ref.type))
      .filter(({ ref }) => datacenter === undefined || this.ancestors(ref.value).includes(datacenter.ref.value))
      .map(({ ref, properties }) => ({ entity: this.entity(ref), properties }));
  }

  private entity(ref: ManagedObjectReference): Entity {
    const names = this.ancestors(ref.value).map((value) => this.nameOf(value));
    // The first is the root folder, which no path names.
    return { ref, name: this.nameOf(ref.value), path: `/${names.slice(1).join('/')}` };
  }

  private nameOf(value: string): string {
    return plainName(readString(this.byRef.get(value)?.properties['name']) ?? value);
  }

  /** From the root to the object itself. */
  private ancestors(value: string): string[] {
    const line = [value];
    for (let at = this.parentOf(value); at !== undefined && !line.includes(at); at = this.parentOf(at))
      line.unshift(at);
    return line;
  }

  private parentOf(value: string): string | undefined {
    const parent = readReference(this.byRef.get(value)?.properties['parent'])?.value;
    return parent !== undefined && this.byRef.has(parent) ? parent : undefined;
  }
}

/** All datacenters. */
export function datacentersOf(tree: Tree): Datacenter[] {
  return tree.of(['Datacenter']).flatMap(({ entity, properties }) => {
    const vmFolder = readReference(properties['vmFolder']);
    return vmFolder === undefined ? [] : [{ ...entity, vmFolder }];
  });
}

/** What was read as PLACE_PATHS, of one datacenter. */
export function placesOf(tree: Tree, datacenter: Datacenter): Places {
  const hosts = new Map(tree.of(['HostSystem'], datacenter).map((one) => [one.entity.ref.value, hostOf(one)]));
  return {
    datacenter,
    folders: foldersOf(tree, datacenter),
    computes: tree.of(['ComputeResource', 'ClusterComputeResource'], datacenter).map((one) => computeOf(one, hosts)),
    pools: tree.of(['ResourcePool'], datacenter).map(poolOf),
    datastores: tree.of(['Datastore'], datacenter).map(datastoreOf),
    networks: networksOf(tree, datacenter),
  };
}

function foldersOf(tree: Tree, datacenter: Datacenter): ReadonlySet<string> {
  const paths = tree.of(['Folder'], datacenter).map(({ entity }) => entity);
  const root = paths.find(({ ref }) => ref.value === datacenter.vmFolder.value)?.path ?? '/';
  return new Set(paths.flatMap(({ path }) => (path.startsWith(`${root}/`) ? [path.slice(root.length + 1)] : [])));
}

/** What was read as IMAGE_PATHS, of one datacenter. */
export const imagesOf = (tree: Tree, datacenter: Entity): Image[] =>
  tree
    .of(['VirtualMachine'], datacenter)
    .filter(({ properties }) => readBoolean(properties['config.template']) === true)
    .map(({ entity, properties }) => ({ ...entity, guestId: readString(properties['config.guestId']) }));

interface Read {
  readonly entity: Entity;
  readonly properties: VimRecord;
}

const values = (list: unknown): ReadonlySet<string> =>
  new Set(readList(list).flatMap((one) => readReference(one)?.value ?? []));

const mib = (bytes: unknown): number | undefined => {
  const number = readNumber(bytes);
  return number === undefined ? undefined : Math.floor(number / BYTES_PER_MIB);
};

function hostOf({ entity, properties }: Read): Host {
  return {
    ...entity,
    isUsable:
      properties['runtime.connectionState'] === 'connected' &&
      properties['runtime.inMaintenanceMode'] !== true &&
      properties['runtime.powerState'] !== 'standBy',
    datastores: values(properties['datastore']),
    threads: readNumber(properties['summary.hardware.numCpuThreads']),
    memoryMib: mib(properties['summary.hardware.memorySize']),
    cpuUsedMhz: readNumber(properties['summary.quickStats.overallCpuUsage']),
    memoryUsedMib: readNumber(properties['summary.quickStats.overallMemoryUsage']),
  };
}

function computeOf({ entity, properties }: Read, hosts: ReadonlyMap<string, Host>): Compute {
  const isCluster = entity.ref.type === 'ClusterComputeResource';
  return {
    ...entity,
    isCluster,
    placesByItself: !isCluster || readBoolean(properties['configurationEx.drsConfig.enabled']) !== false,
    hosts: [...values(properties['host'])].flatMap((value) => hosts.get(value) ?? []),
    datastores: values(properties['datastore']),
    networks: values(properties['network']),
    rootPool: readReference(properties['resourcePool']),
    cpuCores: readNumber(properties['summary.numCpuCores']),
    cpuTotalMhz: readNumber(properties['summary.totalCpu']),
    memoryTotalMib: mib(properties['summary.totalMemory']),
  };
}

function poolOf({ entity, properties }: Read): Pool {
  return {
    ...entity,
    owner: readReference(properties['owner'])?.value ?? '',
    cpuTotalMhz: readNumber(properties['runtime.cpu.maxUsage']),
    cpuUsedMhz: readNumber(properties['runtime.cpu.overallUsage']),
    memoryTotalMib: mib(properties['runtime.memory.maxUsage']),
    memoryUsedMib: mib(properties['runtime.memory.overallUsage']),
  };
}

function datastoreOf({ entity, properties }: Read): Datastore {
  return {
    ...entity,
    type: readString(properties['summary.type']) ?? 'unknown',
    isShared: readBoolean(properties['summary.multipleHostAccess']) ?? false,
    isUsable:
      readBoolean(properties['summary.accessible']) === true &&
      (readString(properties['summary.maintenanceMode']) ?? 'normal') === 'normal',
    totalBytes: readNumber(properties['summary.capacity']),
    freeBytes: readNumber(properties['summary.freeSpace']),
  };
}

const SWITCHES = ['DistributedVirtualSwitch', 'VmwareDistributedVirtualSwitch'];
const NETWORKS = ['Network', 'DistributedVirtualPortgroup', 'OpaqueNetwork'];

/** Networks that a VM can be plugged into: not the port groups that carry a switch's uplinks. */
function networksOf(tree: Tree, datacenter: Entity): Network[] {
  const switches = tree.of(SWITCHES, datacenter);
  const uuids = new Map(switches.map(({ entity, properties }) => [entity.ref.value, readString(properties['uuid'])]));
  const uplinks = new Set(switches.flatMap(({ properties }) => [...values(properties['config.uplinkPortgroup'])]));
  // Older servers and the simulator do not mark them: this is the name that a vCenter gives them.
  const names = switches.map(({ entity }) => `${entity.name}-DVUplinks-`);
  const isUplink = ({ entity, properties }: Read): boolean =>
    properties['config.uplink'] === true ||
    uplinks.has(entity.ref.value) ||
    names.some((name) => entity.name.startsWith(name));
  return tree
    .of(NETWORKS, datacenter)
    .filter((one) => !isUplink(one))
    .flatMap(({ entity, properties }) => {
      const wiring = wiringOf(entity.ref.type, properties, uuids);
      return wiring === undefined ? [] : [{ ...entity, wiring }];
    });
}

function wiringOf(
  type: string,
  properties: VimRecord,
  uuids: ReadonlyMap<string, string | undefined>,
): Wiring | undefined {
  if (type === 'Network') return { kind: 'standard' };
  if (type === 'OpaqueNetwork') {
    const opaqueId = readString(properties['summary.opaqueNetworkId']);
    const opaqueType = readString(properties['summary.opaqueNetworkType']);
    return opaqueId === undefined || opaqueType === undefined ? undefined : { kind: 'opaque', opaqueId, opaqueType };
  }
  const switchUuid = uuids.get(readReference(properties['config.distributedVirtualSwitch'])?.value ?? '');
  const portgroupKey = readString(properties['key']);
  if (switchUuid === undefined || portgroupKey === undefined) return undefined;
  return { kind: 'distributed', switchUuid, portgroupKey };
}
