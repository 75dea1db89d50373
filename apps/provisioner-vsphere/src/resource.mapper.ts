import type { ResourcePool } from '@dcm/contracts';
import type { Compute, Datastore, Image, Network, Places, Pool } from './places';

const BYTES_PER_GIB = 1024 ** 3;

/** The places of a site for people and for the catalogue: clusters, hosts outside clusters, and the pools in them. */
export function resourcesOf(places: Places, images: readonly Image[]): ResourcePool[] {
  const { datastores, networks, computes, pools } = places;
  return computes.flatMap((compute) => {
    const offer = {
      storages: datastores.filter(({ ref }) => compute.datastores.has(ref.value)).map(storageOf),
      networks: networks.filter(({ ref }) => compute.networks.has(ref.value)).map(networkOf),
      images: images.map((image) => ({ nativeId: image.ref.value, name: image.name, guestOs: image.guestId ?? null })),
    };
    const inner = pools.filter(
      ({ owner, ref }) => owner === compute.ref.value && ref.value !== compute.rootPool?.value,
    );
    return [
      { ...computeResource(compute), ...offer },
      ...inner.map((pool) => ({ ...poolResource(pool, compute), ...offer })),
    ];
  });
}

/** Sums what is known; null when nothing is. */
function sum(numbers: readonly (number | undefined)[]): number | null {
  const known = numbers.filter((one) => one !== undefined);
  return known.length === 0 ? null : known.reduce((total, one) => total + one, 0);
}

type Place = Omit<ResourcePool, 'storages' | 'networks' | 'images'>;

function computeResource(compute: Compute): Place {
  return {
    nativeId: compute.ref.value,
    kind: compute.isCluster ? 'cluster' : 'host',
    name: compute.name,
    path: compute.path,
    available: isAvailable(compute),
    capacity: {
      cpuCores: compute.cpuCores ?? null,
      cpuTotalMhz: compute.cpuTotalMhz ?? null,
      cpuUsedMhz: sum(compute.hosts.map(({ cpuUsedMhz }) => cpuUsedMhz)),
      memoryTotalMib: compute.memoryTotalMib ?? null,
      memoryUsedMib: sum(compute.hosts.map(({ memoryUsedMib }) => memoryUsedMib)),
    },
  };
}

/** Whether a VM can run there now. */
export const isAvailable = ({ hosts }: Compute): boolean => hosts.some(({ isUsable }) => isUsable);

function poolResource(pool: Pool, owner: Compute): Place {
  return {
    nativeId: pool.ref.value,
    kind: 'resource-pool',
    name: pool.name,
    path: pool.path,
    available: isAvailable(owner),
    capacity: {
      cpuCores: null,
      cpuTotalMhz: pool.cpuTotalMhz ?? null,
      cpuUsedMhz: pool.cpuUsedMhz ?? null,
      memoryTotalMib: pool.memoryTotalMib ?? null,
      memoryUsedMib: pool.memoryUsedMib ?? null,
    },
  };
}

const gib = (bytes: number | undefined): number | null =>
  bytes === undefined ? null : Math.round((bytes / BYTES_PER_GIB) * 100) / 100;

const storageOf = (datastore: Datastore): ResourcePool['storages'][number] => ({
  nativeId: datastore.ref.value,
  name: datastore.name,
  type: datastore.type,
  shared: datastore.isShared,
  available: datastore.isUsable,
  totalGib: gib(datastore.totalBytes),
  freeGib: gib(datastore.freeBytes),
});

const networkOf = ({ ref, name, wiring }: Network): ResourcePool['networks'][number] => ({
  nativeId: ref.value,
  name,
  kind: wiring.kind,
});
