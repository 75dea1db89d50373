import type { PlanDiagnostic } from '@dcm/contracts';
import { problem, theNamed, WHOLE, type Choice, type Defaults, type Kind } from './choice.policy';
import type { Compute, Host, Image, Network, Places } from './places';
import { metadataPointer, type Metadata } from './metadata.schema';
import { isAvailable } from './resource.mapper';
import type { SiteOptions } from './vsphere.config';
import type { ManagedObjectReference } from './client/managed.object';

/** Where a VM will run. */
export interface Place {
  readonly compute: Compute;
  readonly pool: ManagedObjectReference;
}

/** The template that an image's source names: by name, path or native id. */
export function chooseImage(images: readonly Image[], source: string): Choice<Image> {
  const byId = images.find(({ ref }) => ref.value === source);
  const byName = theNamed(images, source, { what: 'template', pointer: '/image', reason: 'IMAGE_NOT_FOUND' });
  return 'problem' in byName && byId !== undefined ? { found: byId } : byName;
}

/** Cluster, host or pool: of the request, else of the site, else the one with most free memory, clusters first. */
export function choosePlace(places: Places, metadata: Metadata, defaults: Defaults): Choice<Place> {
  if (metadata.resourcePool !== undefined || metadata.cluster !== undefined) {
    return namedPlace(places, metadata, metadataPointer);
  }
  if (defaults.resourcePool !== undefined || defaults.cluster !== undefined) {
    return namedPlace(places, defaults, () => WHOLE);
  }
  const [best] = places.computes
    .filter((compute) => isAvailable(compute) && compute.rootPool !== undefined)
    .sort((one, other) => preference(other) - preference(one) || one.path.localeCompare(other.path));
  if (best?.rootPool === undefined) return problem(WHOLE, 'no host of the site can run a VM now');
  return { found: { compute: best, pool: best.rootPool } };
}

const placeKind = (what: string, pointer: string): Kind => ({ what, pointer, reason: 'PLACEMENT_NOT_FOUND' });

type Named = Pick<Metadata, 'cluster' | 'resourcePool'>;

function namedPlace(places: Places, { cluster, resourcePool }: Named, at: (key: keyof Named) => string): Choice<Place> {
  if (resourcePool === undefined) {
    const choice = theNamed(places.computes, cluster ?? '', placeKind('cluster or host', at('cluster')));
    if ('problem' in choice) return choice;
    const { rootPool: pool } = choice.found;
    return pool === undefined
      ? problem(at('cluster'), `${choice.found.name} has no resource pool`)
      : available({ compute: choice.found, pool }, at('cluster'));
  }
  return namedPool(places, { cluster, resourcePool }, at);
}

function namedPool(
  { computes, pools }: Places,
  { cluster, resourcePool }: { cluster: string | undefined; resourcePool: string },
  at: (key: keyof Named) => string,
): Choice<Place> {
  const owners = computes.filter(({ name, path }) => cluster === undefined || name === cluster || path === cluster);
  if (owners.length === 0) return problem(at('cluster'), `there is no cluster or host ${cluster ?? ''}`);
  const within = pools.filter(({ owner }) => owners.some(({ ref }) => ref.value === owner));
  const choice = theNamed(within, resourcePool, placeKind('resource pool', at('resourcePool')));
  if ('problem' in choice) return choice;
  const compute = owners.find(({ ref }) => ref.value === choice.found.owner);
  return compute === undefined
    ? problem(at('resourcePool'), `${resourcePool} belongs to no cluster or host`)
    : available({ compute, pool: choice.found.ref }, at('resourcePool'));
}

const available = (place: Place, pointer: string): Choice<Place> =>
  isAvailable(place.compute)
    ? { found: place }
    : problem(pointer, `no host of ${place.compute.name} can run a VM now`, 'INSUFFICIENT_CAPACITY');

/** Clusters before hosts, then free memory in MiB. */
function preference(compute: Compute): number {
  const used = compute.hosts.reduce((total, host) => total + (host.memoryUsedMib ?? 0), 0);
  return (compute.isCluster ? Number.MAX_SAFE_INTEGER / 2 : 0) + (compute.memoryTotalMib ?? 0) - used;
}

/** Whether the folder is there, or may be made. */
export function chooseFolder(
  { folders }: Places,
  metadata: Metadata,
  options: Pick<SiteOptions, 'folder' | 'createFolder'>,
): Choice<string> {
  const folder = metadata.folder ?? options.folder;
  if (folders.has(folder) || (folder === options.folder && options.createFolder)) return { found: folder };
  return problem(metadata.folder === undefined ? WHOLE : metadataPointer('folder'), `there is no VM folder ${folder}`);
}

/** A network by its name, of those that the hosts reach. */
export function chooseNetwork(places: Places, compute: Compute, wanted: string, pointer: string): Choice<Network> {
  const reachable = places.networks.filter(({ ref }) => compute.networks.has(ref.value));
  const choice = theNamed(reachable, wanted, { what: 'network', pointer, reason: 'NETWORK_NOT_FOUND' });
  if ('found' in choice || reachable.some(({ name }) => name === wanted)) return choice;
  const elsewhere = places.networks.some(({ name, path }) => name === wanted || path === wanted);
  if (!elsewhere) return choice;
  return problem(pointer, `the network ${wanted} does not reach ${compute.name}`, 'NETWORK_NOT_FOUND');
}

/** Why no host there could ever run a VM of this size. */
export function sizeProblems(compute: Compute, size: { cpus: number; memoryMib: number }): PlanDiagnostic[] {
  const largest = (read: (host: Host) => number | undefined): number =>
    Math.max(0, ...compute.hosts.map((host) => read(host) ?? Number.POSITIVE_INFINITY));
  const threads = largest((host) => host.threads);
  const memory = largest((host) => host.memoryMib);
  return [
    ...(size.cpus > threads
      ? [problem('/cpus', `no host of ${compute.name} has more than ${threads} logical CPUs`).problem]
      : []),
    ...(size.memoryMib > memory
      ? [problem('/memoryMib', `no host of ${compute.name} has more than ${memory} MiB of memory`).problem]
      : []),
  ];
}
