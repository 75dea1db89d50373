import type { VmSpec } from '@dcm/contracts';
import { problem, WHOLE, type Choice, type Problem } from './choice.policy';
import { metadataPointer, type Metadata } from './metadata.schema';
import type { Node, Places, Storage } from './places';
import { diskBytes } from './space.policy';
import type { Template } from './template';

/** The site's part of where VMs go. */
export interface PlacementDefaults {
  readonly node?: string | undefined;
  readonly storage?: string | undefined;
  readonly fullClone: boolean;
  /** Share of a storage that stays free: thin disks grow. */
  readonly storageReserve: number;
}

/** What is to be placed. */
export interface PlacementWish {
  readonly spec: Pick<VmSpec, 'image' | 'memoryMib' | 'disks'>;
  readonly metadata: Metadata;
  /** Those of the image; none for a blank VM, or one that imports its disk. */
  readonly templates: readonly Template[];
  /** Bridges and vnets that the VM's cards need. */
  readonly bridges: readonly string[];
  /** Memory of VMs that were placed on a node a moment ago, and do not show in its use yet, in MiB. */
  readonly pendingMib: (node: string) => number;
}

/** Where a VM will be made. */
export interface Place {
  /** The node on which it will be. */
  readonly node: string;
  /** The template that is cloned, on its own node. */
  readonly template: Template | undefined;
  readonly isLinked: boolean;
  /** For its disks; with a linked clone for further ones. */
  readonly storage: Storage;
}

/** Whether the image's disks are shared instead of copied. */
export const isLinked = ({ fullClone }: Metadata, defaults: Pick<PlacementDefaults, 'fullClone'>): boolean =>
  !(fullClone ?? defaults.fullClone);

/**
 * Node, template and storage: of the request, else of the site, else the node with most free memory and there the storage
 * with most free space. A template on local storage keeps its copies on its own node.
 */
export function choosePlace(places: Places, wish: PlacementWish, defaults: PlacementDefaults): Choice<Place> {
  const broken = nameProblem(places, wish, defaults);
  if (broken !== undefined) return broken;
  const online = places.nodes.filter(({ isOnline }) => isOnline);
  if (online.length === 0) return problem(WHOLE, 'no node of the cluster is online', 'HOST_UNREACHABLE');
  const nodes = online.filter((node) => canHost(node, wish, defaults) && reaches(node, places, wish));
  if (nodes.length === 0) return unreachable(wish);
  const all = nodes.flatMap((node) => placesOn(node, places, wish, defaults));
  if (all.length === 0) return noStorage(places, wish, defaults);
  const fitting = all.filter((place) => fits(place, wish, defaults));
  if (fitting.length === 0) return full(all, wish);
  const free = new Map(nodes.map((node) => [node.name, freeMib(node) - wish.pendingMib(node.name)]));
  const [best] = fitting.sort(
    (one, other) =>
      (free.get(other.node) ?? 0) - (free.get(one.node) ?? 0) ||
      one.node.localeCompare(other.node) ||
      spaceOf(other.storage, defaults) - spaceOf(one.storage, defaults) ||
      one.storage.name.localeCompare(other.storage.name),
  );
  return best === undefined ? full(all, wish) : { found: best };
}

/** A node or storage that is named and is not there. */
const nameProblem = (places: Places, { metadata }: PlacementWish, defaults: PlacementDefaults): Problem | undefined =>
  nodeProblem(places, metadata, defaults) ?? storageProblem(places, metadata, defaults);

function nodeProblem({ nodes }: Places, metadata: Metadata, defaults: PlacementDefaults): Problem | undefined {
  const wanted = metadata.node ?? defaults.node;
  if (wanted === undefined) return undefined;
  const pointer = metadata.node === undefined ? WHOLE : metadataPointer('node');
  const known = nodes.find(({ name }) => name === wanted);
  if (known === undefined) return problem(pointer, `there is no node ${wanted}`);
  return known.isOnline ? undefined : problem(pointer, `the node ${wanted} is offline`, 'HOST_UNREACHABLE');
}

function storageProblem({ storages }: Places, metadata: Metadata, defaults: PlacementDefaults): Problem | undefined {
  const wanted = metadata.storage ?? defaults.storage;
  if (wanted === undefined || storages.some(({ name }) => name === wanted)) return undefined;
  const pointer = metadata.storage === undefined ? WHOLE : metadataPointer('storage');
  return problem(pointer, `there is no storage ${wanted}`, 'STORAGE_NOT_FOUND');
}

const canHost = ({ name }: Node, { metadata }: PlacementWish, { node }: PlacementDefaults): boolean => {
  const wanted = metadata.node ?? node;
  return wanted === undefined || wanted === name;
};

const reaches = ({ name }: Node, { networks }: Places, { bridges }: PlacementWish): boolean =>
  bridges.every((bridge) =>
    networks.some((one) => one.name === bridge && (one.node === undefined || one.node === name)),
  );

const unreachable = ({ bridges, metadata }: PlacementWish): Problem =>
  problem(
    metadata.node === undefined ? WHOLE : metadataPointer('node'),
    `no node that may run it is online and has the networks ${bridges.join(', ')}`,
    'HOST_UNREACHABLE',
  );

function placesOn(node: Node, places: Places, wish: PlacementWish, defaults: PlacementDefaults): Place[] {
  const storages = places.storages.filter((storage) => isUsable(storage, node) && isWanted(storage, wish, defaults));
  if (wish.spec.image === null || wish.templates.length === 0) {
    return storages.map((storage) => ({ node: node.name, template: undefined, isLinked: false, storage }));
  }
  const linked = isLinked(wish.metadata, defaults);
  return wish.templates
    .filter((template) => isAlive(template, places) && canComeFrom(template, node, places))
    .flatMap((template) =>
      storages
        .filter((storage) => isOpenTo(storage, template, node, linked))
        .map((storage) => ({ node: node.name, template, isLinked: linked, storage })),
    );
}

const isUsable = ({ node, isActive, content }: Storage, { name }: Node): boolean =>
  node === name && isActive && content.has('images');

const isWanted = ({ name }: Storage, { metadata }: PlacementWish, { storage }: PlacementDefaults): boolean => {
  const wanted = metadata.storage ?? storage;
  return wanted === undefined || wanted === name;
};

/** Its owner makes the copy. */
const isAlive = ({ image }: Template, { nodes }: Places): boolean =>
  nodes.some(({ name, isOnline }) => name === image.node && isOnline);

/** To another node Proxmox clones only what lies on shared storage. */
function canComeFrom({ image, devices }: Template, node: Node, { storages }: Places): boolean {
  if (image.node === node.name) return true;
  const used = new Set([...devices.disks.map(({ storage }) => storage)]);
  return [...used].every((name) => storages.some((one) => one.name === name && one.isShared));
}

/** A full clone to another node needs a shared target too; a linked one stays where the image is, unless it gets further disks. */
function isOpenTo(storage: Storage, { image, devices }: Template, node: Node, linked: boolean): boolean {
  if (linked) return devices.disks.length === 0 || storage.name === devices.disks[0]?.storage;
  return image.node === node.name || storage.isShared;
}

function noStorage(places: Places, wish: PlacementWish, defaults: PlacementDefaults): Problem {
  const { metadata, templates, spec } = wish;
  if (templates.length > 0 && !templates.some((template) => isAlive(template, places))) {
    const where = templates.map(({ image }) => image.node).join(', ');
    return problem('/image', `the node of its template is offline: ${where}`, 'HOST_UNREACHABLE');
  }
  const wanted = metadata.storage ?? defaults.storage;
  const purpose = spec.image === null ? 'for its disks' : 'for a copy of the image';
  const subject = wanted === undefined ? 'no storage is usable there' : `the storage ${wanted} is not usable there`;
  const hint = templates.length > 0 && isLinked(metadata, defaults) ? ': a linked clone stays where its image is' : '';
  return problem(placePointer(metadata), `${subject} ${purpose}${hint}`, 'STORAGE_NOT_FOUND');
}

function placePointer({ storage, node }: Metadata): string {
  if (storage !== undefined) return metadataPointer('storage');
  return node === undefined ? WHOLE : metadataPointer('node');
}

const freeMib = ({ memoryTotalMib = 0, memoryUsedMib = 0 }: Node): number => memoryTotalMib - memoryUsedMib;

/** Bytes that may still be given away. */
function spaceOf({ totalBytes, usedBytes = 0 }: Storage, { storageReserve }: PlacementDefaults): number {
  return totalBytes === undefined ? Number.POSITIVE_INFINITY : totalBytes * (1 - storageReserve) - usedBytes;
}

const fits = (
  { storage, template, isLinked: linked }: Place,
  { spec }: PlacementWish,
  defaults: PlacementDefaults,
): boolean => diskBytes(spec, template?.devices, linked) <= spaceOf(storage, defaults);

function full(all: readonly Place[], { metadata, spec }: PlacementWish): Problem {
  const names = [...new Set(all.map(({ storage }) => storage.name))].join(', ');
  const pointer = spec.disks.length > 0 ? '/disks' : spec.image === null ? WHOLE : '/image';
  const at = metadata.storage === undefined ? pointer : metadataPointer('storage');
  return problem(at, `not enough space is free for its disks on ${names}`, 'STORAGE_FULL');
}

/** The pool of a VM: of the request, else of the site; undefined for none. */
export function choosePool(
  { pools }: Pick<Places, 'pools'>,
  { pool: asked }: Metadata,
  fallback: string | undefined,
): Choice<string | undefined> {
  const pool = asked ?? fallback;
  if (pool === undefined || pools.includes(pool)) return { found: pool };
  return problem(
    asked === undefined ? WHOLE : metadataPointer('pool'),
    `there is no pool ${pool} that the account sees`,
  );
}
