import type { ResourcePool } from '@dcm/contracts';
import type { Entity, Host, Places, Volume } from './places';

const BYTES_PER_GIB = 1024 ** 3;

/** The places of a site for people and for the catalogue: clusters, hosts outside clusters, host groups and clouds. */
export function resourcesOf(places: Places): ResourcePool[] {
  const { hosts, clusters, groups, clouds } = places;
  const named = (cluster: Entity): Host[] =>
    hosts.filter((host) => host.cluster?.toLowerCase() === cluster.name.toLowerCase());
  const under = (path: string): Host[] => hosts.filter(({ group }) => group === path || group.startsWith(`${path}\\`));
  return [
    ...clusters.map((one) => poolOf('cluster', one, named(one), places)),
    ...hosts.filter(({ cluster }) => cluster === undefined).map((one) => poolOf('host', one, [one], places)),
    ...groups.map((one) => ({ ...poolOf('host-group', one, under(one.path), places), path: one.path })),
    ...clouds.map((one) => cloudOf(one, places)),
  ];
}

function poolOf(
  kind: ResourcePool['kind'],
  { id, name }: Entity,
  hosts: readonly Host[],
  places: Places,
): ResourcePool {
  const seen = new Set(hosts.map((host) => host.name.toLowerCase()));
  return {
    nativeId: id,
    kind,
    name,
    path: name,
    available: hosts.some(({ isUsable }) => isUsable),
    capacity: {
      cpuCores: sum(hosts.map(({ cores }) => cores)),
      cpuTotalMhz: null,
      cpuUsedMhz: null,
      memoryTotalMib: sum(hosts.map(({ memoryMib }) => memoryMib)),
      memoryUsedMib: sum(hosts.map(usedOf)),
    },
    storages: places.volumes.filter((volume) => [...volume.hosts].some((host) => seen.has(host))).map(storageOf),
    ...offerOf(places),
  };
}

/** A cloud hides its hosts: how much it has of them is not told here. */
const cloudOf = ({ id, name }: Entity, places: Places): ResourcePool => ({
  nativeId: id,
  kind: 'cloud',
  name,
  path: name,
  available: true,
  capacity: { cpuCores: null, cpuTotalMhz: null, cpuUsedMhz: null, memoryTotalMib: null, memoryUsedMib: null },
  storages: [],
  ...offerOf(places),
});

const offerOf = ({ networks, templates }: Places): Pick<ResourcePool, 'networks' | 'images'> => ({
  networks: networks.map(({ id, name }) => ({ nativeId: id, name, kind: 'vm-network' })),
  images: templates.map(({ id, name, os }) => ({ nativeId: id, name, guestOs: os ?? null })),
});

const usedOf = ({ memoryMib, freeMib }: Host): number | undefined =>
  memoryMib === undefined || freeMib === undefined ? undefined : Math.max(0, memoryMib - freeMib);

/** Sums what is known; null when nothing is. */
function sum(numbers: readonly (number | undefined)[]): number | null {
  const known = numbers.filter((one) => one !== undefined);
  return known.length === 0 ? null : known.reduce((total, one) => total + one, 0);
}

const gib = (bytes: number | undefined): number | null =>
  bytes === undefined ? null : Math.round((bytes / BYTES_PER_GIB) * 100) / 100;

const storageOf = (volume: Volume): ResourcePool['storages'][number] => ({
  nativeId: volume.id,
  name: volume.name,
  type: volume.isShared ? 'csv' : 'volume',
  shared: volume.isShared,
  available: volume.isUsable,
  totalGib: gib(volume.totalBytes),
  freeGib: gib(volume.freeBytes),
});
