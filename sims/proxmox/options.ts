import type { PveVersion } from './access/roles';
import type { StorageOptions } from './storage/storage';
import type { TaskDelays } from './tasks/tasks';

export interface NodeOptions {
  readonly name: string;
  readonly cpus: number;
  readonly memoryGib: number;
  /** Default: any free one. */
  readonly port?: number;
}

export interface TemplateOptions {
  readonly vmid: number;
  readonly name: string;
  readonly node: string;
  readonly storage: string;
  readonly diskGib: number;
  readonly cores: number;
  readonly memoryMib: number;
  readonly bridge: string;
}

/** A simulated cluster; everything has a default. */
export interface ProxmoxOptions {
  /** Default: 9.2. */
  readonly version?: PveVersion;
  /** Default: pve1, pve2 and pve3 with 16 CPUs and 128 GiB each. */
  readonly nodes?: readonly NodeOptions[];
  /** Default: local and local-lvm on every node, ceph, nas and san shared. */
  readonly storages?: readonly StorageOptions[];
  /** Default: `debian-12-template` (9000, on ceph) and a `debian-12-local` on every node's local-lvm (9001, 9002, 9003). */
  readonly templates?: readonly TemplateOptions[];
  /** Disk images for import, by their volume ids such as `nas:import/debian-12.qcow2`, on the first node or shared; each has a system and 2 GiB. Default: none. */
  readonly imports?: readonly string[];
  /** Default: vmbr0 and vmbr1, on every node. */
  readonly bridges?: readonly string[];
  /** SDN vnets, with their zone. Default: vnet0 in zone1. */
  readonly vnets?: readonly { readonly vnet: string; readonly zone: string }[];
  /** Default: dcm. */
  readonly pools?: readonly string[];
  /** VMs of others, from VMID 100 on; the first ten run. Default: 2. */
  readonly strangers?: number;
  /** The password of root@pam and dcm@pve. Default: a random one. */
  readonly password?: string;
  /** The secret of the token dcm@pve!provisioner, a UUID. Default: a random one. */
  readonly tokenSecret?: string;
  /** The first node's port; the others follow. Default: any free ones. */
  readonly port?: number;
  /** The address that the nodes listen on. Default: 127.0.0.1. */
  readonly host?: string;
  /** More names that the nodes' certificates are good for. */
  readonly names?: readonly string[];
  /**
   * How much faster than a real cluster everything goes that a cluster takes its time for: tasks, lock waits (10 s and
   * 1 s), time-outs, boots, broadcasts (10 s), the delay of a 401 (3 s). Default: 20. 1 is as slow as the real thing.
   */
  readonly speed?: number;
  /** Real milliseconds that tasks take, for all or by kind (clones: each disk). */
  readonly taskDelayMs?: TaskDelays;
  /** Real milliseconds until name and status of a VM reach `/cluster/resources`; 0: at once. */
  readonly resourceLagMs?: number;
  /** Real milliseconds from the start of a VM until its guest agent answers. */
  readonly guestDelayMs?: number;
  /** Real milliseconds from then until its interfaces have addresses. */
  readonly addressDelayMs?: number;
  /** Real milliseconds before a 401 is answered. */
  readonly authDelayMs?: number;
  /** Default: 7200. */
  readonly ticketLifetimeS?: number;
  /** Real milliseconds after which an idle connection is closed. Default: 5000, whatever the speed. */
  readonly keepAliveMs?: number;
}

/** Options with the defaults in. */
export type ClusterOptions = Required<Omit<ProxmoxOptions, 'taskDelayMs' | 'port' | 'password' | 'tokenSecret'>> & {
  readonly taskDelayMs: TaskDelays | undefined;
};

const local = { content: ['iso', 'vztmpl', 'snippets', 'import', 'backup'], totalGib: 100 };

const defaultStorages: readonly StorageOptions[] = [
  { id: 'local', type: 'dir', ...local },
  { id: 'local-lvm', type: 'lvmthin', content: ['images', 'rootdir'], totalGib: 500 },
  { id: 'ceph', type: 'rbd', content: ['images', 'rootdir'], totalGib: 10_240 },
  { id: 'nas', type: 'nfs', content: ['images', 'iso', 'snippets', 'import'], totalGib: 4_096 },
  { id: 'san', type: 'lvm', shared: true, content: ['images'], totalGib: 1_024 },
];

const aTemplate = { diskGib: 2, cores: 1, memoryMib: 512, bridge: 'vmbr0' };

function defaultTemplates(nodes: readonly NodeOptions[]): readonly TemplateOptions[] {
  const locals = nodes.map(({ name }, index) => ({
    ...aTemplate,
    vmid: 9001 + index,
    name: 'debian-12-local',
    node: name,
    storage: 'local-lvm',
  }));
  const first = nodes[0]?.name ?? 'pve1';
  return [{ ...aTemplate, vmid: 9000, name: 'debian-12-template', node: first, storage: 'ceph' }, ...locals];
}

const AUTH_DELAY_MS = 3_000;
const BROADCAST_MS = 10_000;
const BOOT_MS = 12_000;
const LEASE_MS = 3_000;

/** Delays that follow from the speed, unless they are given. */
function paceOf(
  options: ProxmoxOptions,
): Pick<ClusterOptions, 'speed' | 'authDelayMs' | 'resourceLagMs' | 'guestDelayMs' | 'addressDelayMs'> {
  const speed = options.speed ?? 20;
  return {
    speed,
    authDelayMs: options.authDelayMs ?? AUTH_DELAY_MS / speed,
    resourceLagMs: options.resourceLagMs ?? BROADCAST_MS / speed,
    guestDelayMs: options.guestDelayMs ?? BOOT_MS / speed,
    addressDelayMs: options.addressDelayMs ?? LEASE_MS / speed,
  };
}

const NODES: readonly NodeOptions[] = ['pve1', 'pve2', 'pve3'].map((name) => ({ name, cpus: 16, memoryGib: 128 }));

const things = {
  imports: [],
  bridges: ['vmbr0', 'vmbr1'],
  vnets: [{ vnet: 'vnet0', zone: 'zone1' }],
  pools: ['dcm'],
  strangers: 2,
  storages: defaultStorages,
  version: '9.2',
  ticketLifetimeS: 7_200,
  keepAliveMs: 5_000,
  host: '127.0.0.1',
  names: [],
} as const;

/** Fills in the defaults. */
export function clusterOptions(options: ProxmoxOptions): ClusterOptions {
  const nodes = (options.nodes ?? NODES).map((node, index) =>
    options.port === undefined || options.port === 0 ? node : { port: options.port + index, ...node },
  );
  return {
    ...things,
    ...options,
    ...paceOf(options),
    nodes,
    templates: options.templates ?? defaultTemplates(nodes),
    taskDelayMs: options.taskDelayMs,
  };
}
