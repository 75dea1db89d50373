import type { ResourcePool } from '@dcm/contracts';
import type { NetworkAlias } from './network.policy';
import type { Node, Places, Storage } from './places';
import { gibOf } from './size.mapper';

type Offer = Pick<ResourcePool, 'storages' | 'networks' | 'images'>;

const NO_CAPACITY = {
  cpuCores: null,
  cpuTotalMhz: null,
  cpuUsedMhz: null,
  memoryTotalMib: null,
  memoryUsedMib: null,
};

/** The places of a site for people and for the catalogue: the nodes, and the pools that VMs can be in. */
export function resourcesOf(places: Places, aliases: Readonly<Record<string, NetworkAlias>>): ResourcePool[] {
  const nodes = places.nodes.map((node): ResourcePool => ({
    nativeId: node.name,
    kind: 'node',
    name: node.name,
    path: `/nodes/${node.name}`,
    available: node.isOnline,
    capacity: {
      ...NO_CAPACITY,
      cpuCores: node.cpus ?? null,
      memoryTotalMib: node.memoryTotalMib ?? null,
      memoryUsedMib: node.memoryUsedMib ?? null,
    },
    ...offerOf(places, aliases, [node]),
  }));
  const pools = places.pools.map((name): ResourcePool => ({
    nativeId: name,
    kind: 'resource-pool',
    name,
    path: `/pool/${name}`,
    available: places.nodes.some(({ isOnline }) => isOnline),
    capacity: NO_CAPACITY,
    ...offerOf(places, aliases, places.nodes),
  }));
  return [...nodes, ...pools];
}

function offerOf(places: Places, aliases: Readonly<Record<string, NetworkAlias>>, nodes: readonly Node[]): Offer {
  const isThere = (name: string | undefined): boolean => name === undefined || nodes.some((node) => node.name === name);
  const storages = places.storages.filter(({ node, content }) => isThere(node) && content.has('images'));
  const networks = places.networks.filter(({ node }) => isThere(node));
  const bridges = new Set(networks.map(({ name }) => name));
  const named = Object.entries(aliases).filter(([, { bridge }]) => bridges.has(bridge));
  return {
    storages: unique(storages.map((storage) => storageOf(storage, nodes.length > 1))),
    networks: unique([
      ...networks.map(({ name, kind }) => ({ nativeId: name, name, kind })),
      ...named.map(([name]) => ({ nativeId: name, name, kind: 'alias' })),
    ]),
    images: imagesFor(places, isThere),
  };
}

/** A template can be copied to every node when its own is among them, or may be. */
const imagesFor = ({ images }: Places, isThere: (node: string) => boolean): Offer['images'] =>
  images.filter(({ node }) => isThere(node)).map(({ vmid, name }) => ({ nativeId: String(vmid), name, guestOs: null }));

function storageOf(storage: Storage, isWide: boolean): Offer['storages'][number] {
  const gib = (bytes: number | undefined): number | null =>
    bytes === undefined ? null : Math.round(gibOf(bytes) * 100) / 100;
  const { totalBytes, usedBytes, name, node, isShared } = storage;
  return {
    nativeId: isShared || !isWide ? name : `${node}/${name}`,
    name,
    type: storage.type,
    shared: isShared,
    available: storage.isActive,
    totalGib: gib(totalBytes),
    freeGib: totalBytes === undefined || usedBytes === undefined ? null : gib(Math.max(0, totalBytes - usedBytes)),
  };
}

const unique = <T extends { readonly nativeId: string }>(all: readonly T[]): T[] => [
  ...new Map(all.map((one) => [one.nativeId, one])).values(),
];
