import type { ObjectProperties } from './client/property.collector';
import { readBoolean, readNumber, readReference, readString } from './client/reader';
import { referencesIn, type Branch, type Tree } from './inventory.tree';
import { networksOf } from './network.mapper';
import type { Compute, Datacenter, Datastore, Entity, Host, Image, Places, Pool } from './places';

const BYTES_PER_MIB = 1024 * 1024;

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

/** Of many VMs only the few templates are of interest. */
export const isPlaceOrImage = ({ ref, properties }: ObjectProperties): boolean =>
  ref.type !== 'VirtualMachine' || readBoolean(properties['config.template']) === true;

/** What was read as IMAGE_PATHS, of one datacenter. */
export const imagesOf = (tree: Tree, datacenter: Entity): Image[] =>
  tree
    .of(['VirtualMachine'], datacenter)
    .filter(({ properties }) => readBoolean(properties['config.template']) === true)
    .map(({ entity, properties }) => ({ ...entity, guestId: readString(properties['config.guestId']) }));

const mib = (bytes: unknown): number | undefined => {
  const number = readNumber(bytes);
  return number === undefined ? undefined : Math.floor(number / BYTES_PER_MIB);
};

function hostOf({ entity, properties }: Branch): Host {
  return {
    ...entity,
    isUsable:
      properties['runtime.connectionState'] === 'connected' &&
      properties['runtime.inMaintenanceMode'] !== true &&
      properties['runtime.powerState'] !== 'standBy',
    datastores: referencesIn(properties['datastore']),
    threads: readNumber(properties['summary.hardware.numCpuThreads']),
    memoryMib: mib(properties['summary.hardware.memorySize']),
    cpuUsedMhz: readNumber(properties['summary.quickStats.overallCpuUsage']),
    memoryUsedMib: readNumber(properties['summary.quickStats.overallMemoryUsage']),
  };
}

function computeOf({ entity, properties }: Branch, hosts: ReadonlyMap<string, Host>): Compute {
  const isCluster = entity.ref.type === 'ClusterComputeResource';
  return {
    ...entity,
    isCluster,
    placesByItself: !isCluster || readBoolean(properties['configurationEx.drsConfig.enabled']) !== false,
    hosts: [...referencesIn(properties['host'])].flatMap((value) => hosts.get(value) ?? []),
    datastores: referencesIn(properties['datastore']),
    networks: referencesIn(properties['network']),
    rootPool: readReference(properties['resourcePool']),
    cpuCores: readNumber(properties['summary.numCpuCores']),
    cpuTotalMhz: readNumber(properties['summary.totalCpu']),
    memoryTotalMib: mib(properties['summary.totalMemory']),
  };
}

function poolOf({ entity, properties }: Branch): Pool {
  return {
    ...entity,
    owner: readReference(properties['owner'])?.value ?? '',
    cpuTotalMhz: readNumber(properties['runtime.cpu.maxUsage']),
    cpuUsedMhz: readNumber(properties['runtime.cpu.overallUsage']),
    memoryTotalMib: mib(properties['runtime.memory.maxUsage']),
    memoryUsedMib: mib(properties['runtime.memory.overallUsage']),
  };
}

function datastoreOf({ entity, properties }: Branch): Datastore {
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
