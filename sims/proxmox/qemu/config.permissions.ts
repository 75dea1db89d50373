import { badParameters, failure } from '../api.error';
import { isRoot, type Identity } from '../access/identity';
import type { Cluster } from '../cluster/cluster';
import { isDriveKey, isUnusedKey, readDrive } from './drive';
import { isNetKey, readNet } from './net';

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** Which privilege the keys of a configuration take. */
const privileges: readonly (readonly [string, ReadonlySet<string>])[] = [
  ['VM.Config.CPU', words('affinity cores cpu cpulimit cpuunits numa smp sockets vcpus')],
  ['VM.Config.Memory', words('allow-ksm balloon hugepages keephugepages memory shares')],
  ['VM.Config.Disk', words('boot bootdisk vmstatestorage')],
  ['VM.Config.CDROM', words('cdrom')],
  ['VM.Config.HWType', words('acpi arch audio0 hotplug kvm machine rng0 scsihw smbios1 tablet vga vmgenid watchdog')],
  [
    'VM.Config.Options',
    words(
      'agent autostart bios description keyboard localtime migrate_downtime migrate_speed name onboot ostype ' +
        'protection reboot spice_enhancements startdate startup tags tdf template',
    ),
  ],
  ['VM.PowerMgmt', words('freeze')],
];

const CLOUD_INIT = words('cicustom cipassword citype ciupgrade ciuser nameserver searchdomain sshkeys');

/** Either of these will do. */
function privilegeOf(key: string, value: string): readonly string[] | undefined {
  if (CLOUD_INIT.has(key) || /^ipconfig\d+$/.test(key)) return ['VM.Config.Cloudinit', 'VM.Config.Network'];
  if (isNetKey(key)) return ['VM.Config.Network'];
  if (isUnusedKey(key)) return ['VM.Config.Disk'];
  if (isDriveKey(key)) return drivePrivilege(key, value);
  if (/^(numa|parallel|serial)\d+$/.test(key)) return ['VM.Config.HWType'];
  const found = privileges.find(([, keys]) => keys.has(key));
  return found === undefined ? undefined : [found[0]];
}

function drivePrivilege(key: string, value: string): readonly string[] {
  const drive = readDrive(key, value);
  if (drive.isCloudInit) return ['VM.Config.CDROM', 'VM.Config.Cloudinit'];
  return [drive.isCdrom ? 'VM.Config.CDROM' : 'VM.Config.Disk'];
}

/** A change of configuration, and what its caller's privileges are asked on. */
export interface ConfigChange {
  readonly cluster: Cluster;
  readonly identity: Identity;
  readonly vmid: number;
  /** The pool that a VM is made in. */
  readonly pool?: string | undefined;
}

/**
 * Refuses keys that the caller may not set.
 * @throws ApiError 403; 500 for what is root's alone.
 */
export function requireConfigPrivileges(change: ConfigChange, entries: readonly (readonly [string, string])[]): void {
  const { cluster, identity } = change;
  if (isRoot(identity)) return;
  for (const [key, value] of entries) {
    const wanted = privilegeOf(key, value);
    if (wanted === undefined) throw failure(`only root can set '${key}' config`);
    requireOnVm(change, wanted);
    requireResources(cluster, identity, key, value);
  }
}

function requireOnVm({ cluster, identity, vmid, pool }: ConfigChange, wanted: readonly string[]): void {
  if (pool !== undefined && cluster.access.has(`/pool/${pool}`, identity, wanted, 'any')) return;
  const path = `/vms/${vmid}`;
  if (wanted.length === 1) cluster.access.require(path, identity, wanted);
  else cluster.access.requireAny(path, identity, wanted);
}

/** Storages of new disks and bridges have access lists of their own. */
function requireResources(cluster: Cluster, identity: Identity, key: string, value: string): void {
  if (isDriveKey(key)) {
    const storage = /^([^:,]+):/.exec(readDrive(key, value).volume)?.[1];
    if (storage !== undefined) cluster.access.require(`/storage/${storage}`, identity, ['Datastore.AllocateSpace']);
  }
  if (isNetKey(key)) requireBridge(cluster, identity, value);
}

function requireBridge(cluster: Cluster, identity: Identity, value: string): void {
  const { bridge, properties } = readNet('net0', value);
  if (bridge === undefined) return;
  const zone = cluster.options.vnets.find((one) => one.vnet === bridge)?.zone ?? 'localnetwork';
  const tag = properties.get('tag');
  const path = `/sdn/zones/${zone}/${bridge}`;
  if (tag !== undefined && cluster.access.has(`${path}/${tag}`, identity, ['SDN.Use'])) return;
  cluster.access.require(path, identity, ['SDN.Use']);
}

/** @throws ApiError 400 when anybody but root, with a ticket, uses such a parameter. */
export function requireRootFor(
  identity: Identity,
  given: (name: string) => boolean,
  ...names: readonly string[]
): void {
  const used = names.find((name) => given(name));
  if (used !== undefined && !isRoot(identity)) throw badParameters({ [used]: 'Only root may use this option.' });
}
