import { randomUUID } from 'node:crypto';
import type { TemplateOptions } from '../options';
import { newMac } from '../qemu/net';
import { startMachine } from '../qemu/process';
import { Vm } from '../qemu/vm';
import type { Cluster } from './cluster';

const GIB = 1024 ** 3;
const IMPORT_GIB = 2;
const FIRST_STRANGER = 100;
const CLOUD_INIT_BYTES = 4 * 1024 ** 2;

/** What a provisioner needs on its pool, and nothing more. */
const provisionerPrivileges = (version: '8.4' | '9.2'): readonly string[] => [
  ...['VM.Allocate', 'VM.Clone', 'VM.Audit', 'VM.PowerMgmt', 'VM.Config.CPU', 'VM.Config.Memory', 'VM.Config.Disk'],
  ...['VM.Config.Network', 'VM.Config.Options', 'VM.Config.Cloudinit', 'VM.Config.CDROM', 'VM.Config.HWType'],
  ...['VM.Snapshot', 'VM.Snapshot.Rollback', 'VM.Console', 'Pool.Audit'],
  version === '9.2' ? 'VM.GuestAgent.Audit' : 'VM.Monitor',
];

/** The accounts that a cluster starts with. */
export interface Credentials {
  /** Of root@pam and dcm@pve. */
  readonly password: string;
  /** The secret of dcm@pve!provisioner. */
  readonly tokenSecret: string;
  /** The secret of root@pam!admin. */
  readonly adminSecret: string;
}

/** Fills a new cluster: templates, strangers, accounts. */
export function seed(cluster: Cluster, credentials: Credentials): void {
  for (const id of cluster.options.pools) cluster.pools.add(id);
  for (const template of cluster.options.templates) addTemplate(cluster, template);
  for (const volume of cluster.options.imports) addImport(cluster, volume);
  for (let index = 0; index < cluster.options.strangers; index++) addStranger(cluster, index);
  addAccounts(cluster, credentials);
  cluster.broadcast.publish();
}

/** A file with an installed system, as a download of a distribution's cloud image leaves it. */
function addImport(cluster: Cluster, volume: string): void {
  const [id = '', name = ''] = volume.split(':');
  const node = cluster.options.nodes[0]?.name ?? 'pve1';
  const file = { content: 'import', format: 'qcow2', bytes: IMPORT_GIB * GIB, hasSystem: true } as const;
  cluster.storages.onNode(id, node).addFile(name, file);
}

/** A template with an installed system, a cloud-init drive and the guest agent switched on. */
export function addTemplate(cluster: Cluster, template: TemplateOptions): Vm {
  const { vmid, node, diskGib, storage: id } = template;
  const vm = new Vm(vmid, node, cluster.clock);
  const storage = cluster.storages.onNode(id, node);
  const bytes = diskGib * GIB;
  const format = storage.traits.isFileBased ? ({ format: 'qcow2' } as const) : {};
  const disk = storage.convertToBase(
    storage.allocate({ vmid, purpose: 'disk', bytes, usedBytes: Math.min(bytes, GIB), hasSystem: true, ...format }),
  );
  const drive = storage.allocate({ vmid, purpose: 'cloudinit', bytes: CLOUD_INIT_BYTES, usedBytes: CLOUD_INIT_BYTES });
  const values: readonly (readonly [string, string | number])[] = [
    ['name', template.name],
    ['template', 1],
    ['cores', template.cores],
    ['memory', String(template.memoryMib)],
    ['ostype', 'l26'],
    ['agent', '1'],
    ['scsihw', 'virtio-scsi-pci'],
    ['scsi0', `${disk.id},size=${diskGib}G`],
    ['ide2', `${drive.id},media=cdrom,size=4M`],
    ['boot', 'order=scsi0;ide2;net0'],
    ['net0', `virtio=${newMac()},bridge=${template.bridge}`],
    ['ipconfig0', 'ip=dhcp'],
    ['serial0', 'socket'],
    ['smbios1', `uuid=${randomUUID()}`],
    ['vmgenid', randomUUID()],
    ['meta', `creation-qemu=10.0.13,ctime=${cluster.clock.seconds()}`],
  ];
  for (const [key, value] of values) vm.config.values.set(key, value);
  cluster.vms.set(vmid, vm);
  return vm;
}

/** So many strangers run; the others are off, or a crowd would fill its hosts. */
const RUNNING_STRANGERS = 10;

/** A VM of somebody else, without a mark. */
export function addStranger(cluster: Cluster, index: number): Vm {
  const nodes = [...cluster.nodes.keys()];
  const vm = new Vm(FIRST_STRANGER + index, nodes[index % nodes.length] ?? 'pve1', cluster.clock);
  const values: readonly (readonly [string, string | number])[] = [
    ['name', `stranger-${index + 1}`],
    ['cores', 1],
    ['memory', '128'],
    ['net0', `virtio=${newMac()},bridge=${cluster.options.bridges[0] ?? 'vmbr0'}`],
    ['smbios1', `uuid=${randomUUID()}`],
  ];
  for (const [key, value] of values) vm.config.values.set(key, value);
  cluster.vms.set(vm.vmid, vm);
  if (index < RUNNING_STRANGERS) startMachine(cluster, vm);
  return vm;
}

function addAccounts(cluster: Cluster, { password, tokenSecret, adminSecret }: Credentials): void {
  const { access } = cluster;
  access.accounts.add('root@pam', password);
  access.accounts.addToken('root@pam', 'admin', { value: adminSecret, privsep: false });
  access.accounts.add('dcm@pve', password);
  access.accounts.addToken('dcm@pve', 'provisioner', { value: tokenSecret });
  access.setRole('DCMProvisioner', provisionerPrivileges(cluster.options.version));
  access.setRole('DCMPlacement', ['Sys.Audit']);
  for (const [path, role] of rightsOf(cluster)) {
    access.acl.add({ path, kind: 'user', holder: 'dcm@pve', role, propagate: true });
    access.acl.add({ path, kind: 'token', holder: 'dcm@pve!provisioner', role, propagate: true });
  }
}

/** The least that a provisioner needs: on its pools, the templates, the storages, the networks and the nodes. */
function rightsOf({ options }: Cluster): readonly (readonly [string, string])[] {
  return [
    ...options.pools.map((pool) => [`/pool/${pool}`, 'DCMProvisioner'] as const),
    ...options.templates.map(({ vmid }) => [`/vms/${vmid}`, 'PVETemplateUser'] as const),
    ...options.storages.map(({ id }) => [`/storage/${id}`, 'PVEDatastoreUser'] as const),
    ['/sdn/zones', 'PVESDNUser'],
    ['/nodes', 'DCMPlacement'],
  ];
}
