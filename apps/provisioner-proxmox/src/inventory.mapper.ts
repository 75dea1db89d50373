import type { Image, Network, Node, Places, Storage } from './places';
import { readFlag, readNumber, readRecords, readString, type PveRecord } from './reader.mapper';

const MIB = 1024 ** 2;

/** The answers from which places are read. */
export interface PlacesData {
  /** GET /nodes: live, also of nodes that are offline. */
  readonly nodes: unknown;
  /** GET /cluster/resources. */
  readonly resources: unknown;
  /** GET /pools. */
  readonly pools: unknown;
  /** GET /nodes/{node}/network, by node. */
  readonly networks: ReadonlyMap<string, unknown>;
  /** GET /cluster/sdn/vnets. */
  readonly vnets: unknown;
}

export function readPlaces({ nodes, resources, pools, networks, vnets }: PlacesData): Places {
  const rows = readRecords(resources);
  return {
    nodes: readRecords(nodes).flatMap((row) => readNode(row) ?? []),
    storages: rows.filter(({ type }) => type === 'storage').flatMap((row) => readStorage(row) ?? []),
    images: rows.filter(isTemplate).flatMap((row) => readImage(row) ?? []),
    pools: readRecords(pools).flatMap(({ poolid }) => readString(poolid) ?? []),
    networks: [...readBridges(networks), ...readVnets(vnets)],
  };
}

function readNode(row: PveRecord): Node | undefined {
  const name = readString(row['node']);
  if (name === undefined) return undefined;
  const mib = (data: unknown): number | undefined => {
    const bytes = readNumber(data);
    return bytes === undefined ? undefined : Math.floor(bytes / MIB);
  };
  return {
    name,
    isOnline: row['status'] === 'online',
    cpus: readNumber(row['maxcpu']),
    memoryTotalMib: mib(row['maxmem']),
    memoryUsedMib: mib(row['mem']),
  };
}

function readStorage(row: PveRecord): Storage | undefined {
  const name = readString(row['storage']);
  const node = readString(row['node']);
  if (name === undefined || node === undefined) return undefined;
  return {
    name,
    node,
    type: readString(row['plugintype']) ?? '',
    isShared: readFlag(row['shared']),
    isActive: row['status'] === 'available',
    content: new Set((readString(row['content']) ?? '').split(',').map((kind) => kind.trim())),
    totalBytes: readNumber(row['maxdisk']),
    usedBytes: readNumber(row['disk']),
  };
}

const isTemplate = ({ type, template }: PveRecord): boolean => type === 'qemu' && readFlag(template);

function readImage(row: PveRecord): Image | undefined {
  const vmid = readNumber(row['vmid']);
  const node = readString(row['node']);
  return vmid === undefined || node === undefined ? undefined : { vmid, node, name: readString(row['name']) ?? '' };
}

const BRIDGES = new Set(['bridge', 'OVSBridge']);

const readBridges = (networks: PlacesData['networks']): Network[] =>
  [...networks].flatMap(([node, answer]) =>
    readRecords(answer)
      .filter(({ type }) => BRIDGES.has(readString(type) ?? ''))
      .flatMap(({ iface }) => {
        const name = readString(iface);
        return name === undefined ? [] : [{ name, kind: 'bridge' as const, node }];
      }),
  );

const readVnets = (vnets: unknown): Network[] =>
  readRecords(vnets).flatMap(({ vnet }) => {
    const name = readString(vnet);
    return name === undefined ? [] : [{ name, kind: 'vnet' as const, node: undefined }];
  });
