import { badParameters, failure } from '../api.error';
import type { Cluster } from '../cluster/cluster';
import type { Call } from '../http/endpoint';
import { configTable, typedValue } from './config.parameters';
import { requireConfigPrivileges, requireRootFor } from './config.permissions';
import { storedValue } from './config.values';
import { isDriveKey, isUnusedKey, keepUnused, readDrive } from './drive';
import { USUAL_LOCK_WAIT_MS } from './file.lock';
import { isNetKey } from './net';
import type { Vm } from './vm';
import { freeVolume, storeDrive } from './volumes';

/** What a call wants of a configuration. */
export interface ConfigUpdate {
  readonly set: readonly (readonly [string, string])[];
  readonly remove: readonly string[];
  readonly revert: readonly string[];
  /** The configuration to which the change is bound. */
  readonly digest: string | undefined;
  /** Removed drives lose their volume too. */
  readonly force: boolean;
}

/**
 * Reads the configuration keys among a call's parameters.
 * @throws ApiError 500 for a JSON null.
 */
export function configEntries({ params }: Call): readonly (readonly [string, string])[] {
  return params
    .entries()
    .filter(([key]) => Object.hasOwn(configTable, key))
    .map(([key, value]) => {
      if (value === null) throw failure(`unable to parse value of '${key}' - got undefined value`);
      return [key, String(value)] as const;
    });
}

function checkRemoved(remove: readonly string[], set: ConfigUpdate['set']): void {
  for (const key of remove) {
    if (!Object.hasOwn(configTable, key)) throw badParameters({ delete: `unknown option '${key}'` });
    if (set.some(([one]) => one === key)) {
      throw badParameters({ delete: `you can't use '-${key}' and -delete ${key}' at the same time` });
    }
  }
}

/**
 * Holds a change of configuration against everything that is known before the VM's lock is taken.
 * @throws ApiError 400, 403, or 500: nothing wanted, another digest, a lock.
 */
export function checkUpdate(call: Call, vm: Vm): ConfigUpdate {
  const { cluster, identity, params } = call;
  requireRootFor(identity, (name) => params.has(name), 'skiplock');
  const set = configEntries(call);
  const remove = params.list('delete');
  const revert = params.list('revert');
  if (set.length + remove.length + revert.length === 0) throw failure('no options specified');
  checkRemoved(remove, set);
  const touched = [...remove, ...revert].map((key) => [key, vm.config.text(key) ?? ''] as const);
  requireConfigPrivileges({ cluster, identity, vmid: vm.vmid }, [...set, ...touched]);
  const stored = set.map(([key, value]) => [key, storedValue(key, value)] as const);
  const digest = params.optionalText('digest');
  requireDigest(digest, vm);
  if (!params.flag('skiplock')) assertUnlocked(vm);
  cluster.assertWritable(vm);
  return { set: stored, remove, revert, digest, force: params.flag('force') };
}

/** @throws ApiError 500 `checksum mismatch` */
export function assertDigest({ params }: Call, vm: Vm): void {
  requireDigest(params.optionalText('digest'), vm);
}

function requireDigest(digest: string | undefined, vm: Vm): void {
  if (digest !== undefined && digest !== vm.config.digest()) {
    throw failure('checksum mismatch (file change by other user?)');
  }
}

/** @throws ApiError 500 `VM is locked (…)` */
export function assertUnlocked(vm: Vm): void {
  const { lock } = vm.config;
  if (lock !== undefined) throw failure(`VM is locked (${lock})`);
}

/** Changes the configuration; of a running VM, what cannot be plugged waits for its next start. */
export async function applyUpdate(cluster: Cluster, vm: Vm, update: ConfigUpdate, signal?: AbortSignal): Promise<void> {
  await vm.fileLock.hold(
    USUAL_LOCK_WAIT_MS,
    () => {
      // Somebody else may have had the lock before: of two changes that are bound to one digest, one is made.
      requireDigest(update.digest, vm);
      for (const key of update.revert) vm.config.pending.delete(key);
      for (const key of update.remove) removeKey(cluster, vm, key, update.force);
      for (const [key, value] of update.set) setKey(cluster, vm, key, value);
      cluster.broadcast.changed();
      return Promise.resolve();
    },
    signal,
  );
}

/** Keys that hold at once while a VM runs, besides cards and disks. */
const PLUGGABLE = new Set(
  (
    'boot cicustom cipassword citype ciupgrade ciuser description hookscript lock migrate_downtime migrate_speed name ' +
    'nameserver onboot protection searchdomain shares sshkeys startdate startup tags vmstatestorage'
  ).split(' '),
);

const isPluggable = (key: string): boolean =>
  PLUGGABLE.has(key) || isNetKey(key) || isUnusedKey(key) || /^(ipconfig|scsi|virtio|usb)\d+$/.test(key);

function setKey(cluster: Cluster, vm: Vm, key: string, value: string): void {
  const { config } = vm;
  const stored = typedValue(key, isDriveKey(key) ? setDrive(cluster, vm, key, value) : value);
  if (vm.machine !== undefined && !isPluggable(key)) {
    if (config.values.get(key) === stored) config.pending.delete(key);
    else config.pending.set(key, stored);
    return;
  }
  config.pending.delete(key);
  config.values.set(key, stored);
  vm.machine?.active.set(key, stored);
}

function setDrive(cluster: Cluster, vm: Vm, key: string, value: string): string {
  const former = vm.config.text(key);
  const { value: stored } = storeDrive(cluster, vm, key, value);
  if (former !== undefined) releaseDrive(cluster, vm, key, { former, next: readDrive(key, stored).volume });
  for (const [unused, volume] of vm.config.values) {
    if (isUnusedKey(unused) && volume === readDrive(key, stored).volume) vm.config.values.delete(unused);
  }
  return stored;
}

/** A replaced disk stays as an unused one; a cloud-init drive goes. */
function releaseDrive(cluster: Cluster, vm: Vm, key: string, { former, next }: { former: string; next: string }): void {
  const drive = readDrive(key, former);
  if (drive.volume === next) return;
  if (drive.isCloudInit) freeVolume(cluster, vm.node, drive.volume);
  else if (!drive.isCdrom) keepUnused(vm.config.values, drive.volume);
}

function removeKey(cluster: Cluster, vm: Vm, key: string, force: boolean): void {
  const former = vm.config.text(key);
  if (former === undefined) return;
  if (vm.machine !== undefined && !isPluggable(key)) {
    vm.config.pending.set(key, null);
    return;
  }
  vm.config.values.delete(key);
  vm.machine?.active.delete(key);
  if (isUnusedKey(key)) freeVolume(cluster, vm.node, former);
  if (!isDriveKey(key)) return;
  if (force) freeVolume(cluster, vm.node, readDrive(key, former).volume);
  else releaseDrive(cluster, vm, key, { former, next: '' });
}
