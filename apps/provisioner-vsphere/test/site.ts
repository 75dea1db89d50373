import { TcpFaultProxy } from '../../../sims/faults/faults';
import { startVcsim, type Vcsim, type VcsimOptions } from '../../../sims/vcsim/vcsim';
import { readReference } from '../src/client/reader';
import type { ManagedObjectReference } from '../src/client/managed.object';
import type { TlsTrust } from '@dcm/connection';
import { VimClient, type VimClientOptions } from '../src/client/vim.client';
import type { VimObject } from '../src/client/vim.data';
import { taskInTheWay } from '../src/vsphere.errors';

/** The template that the simulator is seeded with. */
export const TEMPLATE = 'debian-12-template';

/** What the specs read of the inventory. */
export const INVENTORY = {
  Datacenter: ['name', 'vmFolder'],
  ComputeResource: ['name', 'resourcePool', 'host'],
  HostSystem: ['name', 'summary.hardware.memorySize', 'runtime.connectionState', 'runtime.inMaintenanceMode'],
  ResourcePool: ['name', 'runtime.cpu.maxUsage'],
  Datastore: ['name', 'summary.capacity'],
  Network: ['name'],
  VirtualMachine: ['name', 'config.template', 'summary.config.memorySizeMB'],
};

/** Long enough to build the simulator, which happens on first use. */
export const START_TIMEOUT_MS = 180_000;

/** A simulated vCenter, with the clients and relays that a test makes before it. */
export class Site {
  /** What all clients together have called. */
  readonly operations: string[] = [];
  private readonly started: { close(): Promise<void> }[] = [];

  private constructor(readonly vcsim: Vcsim) {}

  /** Starts the simulator. */
  static async start(options: VcsimOptions): Promise<Site> {
    return new Site(await startVcsim(options));
  }

  /** The CA of the simulator. */
  get trust(): TlsTrust {
    return this.vcsim.ca === undefined ? {} : { ca: this.vcsim.ca };
  }

  /** A new client, with the right credentials unless told otherwise. */
  client(changes: Partial<VimClientOptions> = {}): VimClient {
    const { url, username, password } = this.vcsim;
    const onExchange = (operation: string): void => void this.operations.push(operation);
    const client = new VimClient({ url, username, password, tls: this.trust, onExchange, ...changes });
    this.started.push(client);
    return client;
  }

  /** A new proxy before the simulator. */
  async relay(host?: string): Promise<TcpFaultProxy> {
    const relay = await TcpFaultProxy.listen({ target: this.vcsim.url, ...(host !== undefined && { host }) });
    this.started.push(relay);
    return relay;
  }

  /** How often an operation was called. */
  count(operation: string): number {
    return this.operations.filter((name) => name === operation).length;
  }

  /** Closes what the test has made, clients before relays. */
  async release(): Promise<void> {
    for (const one of this.started.splice(0).reverse()) await one.close();
    this.operations.length = 0;
  }
}

/** What a machine needs to be made from the template, found in the inventory. */
export interface Places {
  readonly template: ManagedObjectReference;
  readonly folder: ManagedObjectReference;
  readonly pool: ManagedObjectReference;
  readonly datastore: ManagedObjectReference;
}

/** Finds the places in the inventory. */
export async function findPlaces(client: VimClient): Promise<Places> {
  const found = await client.properties.inventory(INVENTORY);
  const named = (name: string) => found.find(({ properties }) => properties['name'] === name);
  const ofType = (type: string) => found.find(({ ref }) => ref.type === type);
  return {
    template: required(named(TEMPLATE)?.ref),
    folder: required(ofType('Datacenter')?.properties['vmFolder']),
    pool: required(ofType('ClusterComputeResource')?.properties['resourcePool']),
    datastore: required(ofType('Datastore')?.ref),
  };
}

/** The reference that the test counts on. */
export function required(data: unknown): ManagedObjectReference {
  const found = readReference(data);
  if (!found) throw new Error('There is no such object');
  return found;
}

/** Parameters of CloneVM_Task. */
export function cloneOf({ folder, pool, datastore }: Places, name: string): VimObject {
  const location = { folder, pool, datastore };
  return { folder, name, spec: { location, template: false, powerOn: false } };
}

/** Starts a task, after the one that stands in its way, and waits for its end. */
export async function run(
  client: VimClient,
  operation: string,
  target: ManagedObjectReference,
  parameters: VimObject = {},
): Promise<unknown> {
  for (;;) {
    try {
      return await client.tasks.wait(required(await client.call(operation, target, parameters)), { operation });
    } catch (error) {
      const other = taskInTheWay(error);
      if (other === undefined) throw error;
      await client.tasks.wait(other).catch(() => undefined);
    }
  }
}
