import { failure } from '../api.error';
import type { Cluster } from '../cluster/cluster';
import type { Call } from '../http/endpoint';
import type { VolumeFormat } from '../storage/traits';
import type { Worker } from '../tasks/worker';
import { requireRootFor } from './config.permissions';
import { copyVolume } from './copy';
import { disksOf, keepUnused, parseSize, readDrive, writeDrive, writeSize, type Drive } from './drive';
import { USUAL_LOCK_WAIT_MS } from './file.lock';
import { assertDigest, assertUnlocked } from './update';
import type { Vm } from './vm';
import { freeVolume } from './volumes';
import type { Located } from '../storage/storages';

function driveOf({ config }: Vm, key: string): Drive {
  const value = config.text(key);
  if (value === undefined) throw failure(`disk '${key}' does not exist`);
  return readDrive(key, value);
}

function located(cluster: Cluster, vm: Vm, drive: Drive): Located {
  const found = cluster.storages.locate(drive.volume, vm.node);
  if (found === undefined) throw failure(`volume '${drive.volume}' does not exist`);
  return found;
}

/** PUT …/resize: `+10G` grows by, `20G` grows to. A VM that is not there is the task's failure. */
export function resizeDisk(call: Call): string {
  const { cluster, node, identity, params } = call;
  const vmid = params.number('vmid');
  requireRootFor(identity, (name) => params.has(name), 'skiplock');
  return cluster.tasks.start({ node: node.name, type: 'resize', id: vmid, identity }, async (worker) => {
    const vm = cluster.vmOn(node.name, vmid);
    await vm.fileLock.hold(USUAL_LOCK_WAIT_MS, () => grow(call, vm, worker), worker.signal);
  }).upid;
}

async function grow(call: Call, vm: Vm, worker: Worker): Promise<void> {
  const { cluster, params } = call;
  assertDigest(call, vm);
  if (!params.flag('skiplock')) assertUnlocked(vm);
  cluster.assertWritable(vm);
  const drive = driveOf(vm, params.text('disk'));
  if (drive.isCdrom) throw failure("you can't resize a cdrom");
  const { storage, volume } = located(cluster, vm, drive);
  if (volume.format === 'qcow2' && vm.config.snapshots.size > 0) {
    throw failure(`can't resize volume: ${drive.key} if snapshot exists`);
  }
  const size = params.text('size');
  const bytes = size.startsWith('+') ? volume.bytes + parseSize(size.slice(1)) : parseSize(size);
  if (bytes < volume.bytes) throw failure('shrinking disks is not supported');
  if (bytes === volume.bytes) return;
  await worker.work(cluster.tasks.delayMs('resize'));
  storage.grow(volume, bytes);
  const value = writeDrive(new Map([...drive.properties, ['size', writeSize(bytes)]]));
  vm.config.values.set(drive.key, value);
  vm.machine?.active.set(drive.key, value);
}

/** POST …/move_disk: to another storage or format; the old volume stays as an unused one unless `delete`. */
export function moveDisk(call: Call): string {
  const { cluster, node, identity, params } = call;
  const vm = cluster.vmOn(node.name, params.number('vmid'));
  const key = params.text('disk');
  const target = params.optionalText('storage');
  if (target === undefined) throw failure("'storage' or 'target-vmid' has to be given");
  assertUnlocked(vm);
  assertDigest(call, vm);
  const drive = driveOf(vm, key);
  const { storage, volume } = located(cluster, vm, drive);
  const format = params.optionalText('format') as VolumeFormat | undefined;
  if (target === storage.id && (format === undefined || format === volume.format)) {
    throw failure("you can't move to the same storage with same format");
  }
  const to = cluster.storages.onNode(target, node.name);
  const bwlimit = params.optionalNumber('bwlimit') ?? 0;
  const copy = { vmid: vm.vmid, drive, source: volume, storage: to, isLinked: false, format, bwlimit };
  return cluster.tasks.start({ node: node.name, type: 'qmmove', id: vm.vmid, identity }, (worker) =>
    vm.fileLock.hold(
      USUAL_LOCK_WAIT_MS,
      async () => {
        const moved = await copyVolume(cluster, copy, worker, () => undefined);
        vm.config.values.set(key, writeDrive(new Map([...drive.properties, ['file', moved.id]])));
        if (params.flag('delete')) freeVolume(cluster, node.name, volume.id);
        else keepUnused(vm.config.values, volume.id);
      },
      worker.signal,
    ),
  ).upid;
}

/** POST …/template: its disks become the bases of linked clones. */
export function convertToTemplate(call: Call): string {
  const { cluster, node, identity, params } = call;
  const vm = cluster.vmOn(node.name, params.number('vmid'));
  assertUnlocked(vm);
  if (vm.config.snapshots.size > 0) throw failure('unable to create template, because VM contains snapshots');
  if (vm.isTemplate) throw failure("you can't convert a template to a template");
  if (vm.isRunning) throw failure("you can't convert a VM to template if VM is running");
  return cluster.tasks.start({ node: node.name, type: 'qmtemplate', id: vm.vmid, identity }, (worker) =>
    vm.fileLock.hold(
      USUAL_LOCK_WAIT_MS,
      async () => {
        await worker.work(cluster.tasks.delayMs('qmtemplate'));
        vm.config.values.set('template', 1);
        for (const drive of disksOf(vm.config.values)) convertDisk(cluster, vm, drive);
      },
      worker.signal,
    ),
  ).upid;
}

function convertDisk(cluster: Cluster, vm: Vm, drive: Drive): void {
  const { storage, volume } = located(cluster, vm, drive);
  if (!storage.canSnapshot(volume)) return;
  const base = storage.convertToBase(volume);
  vm.config.values.set(drive.key, writeDrive(new Map([...drive.properties, ['file', base.id]])));
}

/** PUT …/unlink: takes disks off, and with `force` removes their volumes. */
export async function unlinkDisks(call: Call): Promise<null> {
  const { cluster, node, params } = call;
  const vm = cluster.vmOn(node.name, params.number('vmid'));
  assertUnlocked(vm);
  await vm.fileLock.hold(USUAL_LOCK_WAIT_MS, () => {
    for (const key of params.list('idlist')) {
      const drive = driveOf(vm, key);
      vm.config.values.delete(key);
      if (params.flag('force') || key.startsWith('unused')) freeVolume(cluster, vm.node, drive.volume);
      else keepUnused(vm.config.values, drive.volume);
    }
    return Promise.resolve();
  });
  return null;
}
