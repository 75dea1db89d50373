import { Cached } from '@dcm/connection';
import type { Access } from './access';
import type { PveClient } from './client/pve.client';
import { readPlaces } from './inventory.mapper';
import type { Network, Node, Places } from './places';
import { readRecords, readString } from './reader.mapper';
import { isNodeUnreachable, isRefusal } from './outcome.errors';
import { Templates } from './templates';

/** How long what was read of nodes, storages and templates serves. */
const PLACES_AGE_MS = 5_000;
/** Bridges and vnets change by hand only. */
const NETWORKS_AGE_MS = 60_000;

/** Reads where VMs can be, and remembers it for a moment. */
export class Inventory {
  readonly templates: Templates;
  private readonly known = new Cached<Places>();
  private readonly networks = new Cached<readonly Network[]>();

  constructor(client: Pick<PveClient, 'get'>) {
    this.templates = new Templates(client);
  }

  /** @param isMiss something was not found in what is remembered: it is read anew */
  places(access: Access, isMiss = false): Promise<Places> {
    return this.known.get(isMiss ? 0 : PLACES_AGE_MS, () => this.read(access, isMiss));
  }

  private async read(access: Access, isMiss: boolean): Promise<Places> {
    // The first call alone: credentials that are refused are tried once.
    const nodes = await access.get(['nodes']);
    const [resources, pools, networks] = await Promise.all([
      access.get(['cluster', 'resources']),
      access.get(['pools']),
      this.networks.get(isMiss ? 0 : NETWORKS_AGE_MS, () => readNetworks(access, nodes)),
    ]);
    return { ...readPlaces({ nodes, resources, pools, networks: new Map(), vnets: [] }), networks };
  }
}

async function readNetworks(access: Access, nodes: unknown): Promise<readonly Network[]> {
  const online = readRecords(nodes)
    .filter(({ status }) => status === 'online')
    .flatMap(({ node }) => readString(node) ?? []);
  const [vnets, ...lists] = await Promise.all([
    readVnets(access),
    ...online.map(async (node) => [node, await readBridges(access, node)] as const),
  ]);
  return readPlaces({ nodes: [], resources: [], pools: [], networks: new Map(lists), vnets }).networks;
}

/** A node that dies meanwhile has none. */
async function readBridges(access: Access, node: Node['name']): Promise<unknown> {
  try {
    return await access.get(['nodes', node, 'network'], { type: 'any_bridge' });
  } catch (error) {
    if (isNodeUnreachable(error)) return [];
    throw error;
  }
}

/** Clusters without SDN, and accounts that may not see it, have none. */
async function readVnets(access: Access): Promise<unknown> {
  try {
    return await access.get(['cluster', 'sdn', 'vnets']);
  } catch (error) {
    if (isRefusal(error)) return [];
    throw error;
  }
}
