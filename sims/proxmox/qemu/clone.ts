import { randomUUID } from 'node:crypto';
import { failure, messageOf } from '../api.error';
import type { Cluster } from '../cluster/cluster';
import type { Call } from '../http/endpoint';
import type { Storage, Volume } from '../storage/storage';
import type { VolumeFormat } from '../storage/traits';
import type { Worker } from '../tasks/worker';
import { copyVolume } from './copy';
import { assertPool } from './create';
import { disksOf, drivesOf, isDriveKey, isUnusedKey, writeDrive, writeSize, type Drive } from './drive';
import { SHORT_LOCK_WAIT_MS } from './file.lock';
import { isNetKey, newMac, readNet, storedNet } from './net';
import { assertUnlocked } from './update';
import type { ConfigValues } from './vm.config';
import type { Vm } from './vm';

/** A disk of the source and how it is to be copied. */
interface DiskPlan {
  readonly drive: Drive;
  readonly source: Volume;
  readonly storage: Storage;
  readonly isLinked: boolean;
  readonly format: VolumeFormat | undefined;
}

interface ClonePlan {
  readonly source: Vm;
  readonly values: ReadonlyMap<string, string | number>;
  readonly disks: readonly DiskPlan[];
  readonly cloudInit: readonly Drive[];
  readonly name: string;
  readonly description: string | undefined;
  readonly pool: string | undefined;
  readonly target: string;
  /** KiB per second; 0: no limit. */
  readonly bwlimit: number;
}

/**
 * POST /nodes/{node}/qemu/{vmid}/clone: takes the new VMID at once, and copies in a task.
 * @returns the task's UPID, which names the source.
 */
export function cloneVm(call: Call): string {
  const { cluster, node, identity, params } = call;
  const newid = params.number('newid');
  assertPool(cluster, params.optionalText('pool'));
  cluster.assertQuorum();
  const plan = planClone(call);
  if (cluster.vms.get(newid)?.node === node.name) {
    throw failure(`unable to create VM ${newid}: config file already exists`);
  }
  const vm = cluster.createConfig(newid, node.name, 'clone');
  vm.config.values.set('description', ' qmclone temporary file');
  const id = plan.source.vmid;
  return cluster.tasks.start({ node: node.name, type: 'qmclone', id, identity }, (worker) =>
    vm.fileLock.hold(
      SHORT_LOCK_WAIT_MS,
      () => alone(plan, () => copy(cluster, vm, plan, worker), worker),
      worker.signal,
    ),
  ).upid;
}

/** Clones of a running VM exclude each other; those of a template do not. */
function alone(plan: ClonePlan, job: () => Promise<void>, worker: Worker): Promise<void> {
  return plan.source.isRunning ? plan.source.fileLock.hold(SHORT_LOCK_WAIT_MS, job, worker.signal) : job();
}

function planClone(call: Call): ClonePlan {
  const { cluster, node, params } = call;
  const target = params.optionalText('target') ?? node.name;
  if (!cluster.nodes.has(target)) throw failure(`no such cluster node '${target}'`);
  const wanted = params.optionalText('storage');
  if (wanted !== undefined) assertTargetStorage(cluster, wanted, { node: node.name, target });
  const source = cluster.vmOn(node.name, params.number('vmid'), 'search');
  assertUnlocked(source);
  const values = sourceValues(source, params.optionalText('snapname'));
  const isFull = params.has('full') ? params.flag('full') : !source.isTemplate;
  if (!isFull && wanted !== undefined) throw failure("parameter 'storage' not allowed for linked clones");
  const disks = disksOf(values).map((drive) => planDisk(call, { drive, source, isFull, target }));
  const name = params.optionalText('name') ?? `Copy-of-VM-${source.config.text('name') ?? source.vmid}`;
  return {
    source,
    values,
    disks,
    cloudInit: drivesOf(values).filter((drive) => drive.isCloudInit),
    name,
    description: params.optionalText('description'),
    pool: params.optionalText('pool'),
    target,
    bwlimit: params.optionalNumber('bwlimit') ?? 0,
  };
}

function assertTargetStorage(cluster: Cluster, id: string, { node, target }: { node: string; target: string }): void {
  const storage = cluster.storages.onNode(id, target);
  if (target !== node && !storage.isShared) throw failure(`can't clone to non-shared storage '${id}'`);
}

function sourceValues(source: Vm, snapname: string | undefined): ReadonlyMap<string, string | number> {
  if (snapname === undefined) return source.config.values;
  const snapshot = source.config.snapshots.get(snapname);
  if (snapshot === undefined) throw failure(`snapshot '${snapname}' does not exist`);
  return snapshot.values;
}

interface Wanted {
  readonly drive: Drive;
  readonly source: Vm;
  readonly isFull: boolean;
  readonly target: string;
}

function planDisk({ cluster, node, params }: Call, { drive, source, isFull, target }: Wanted): DiskPlan {
  const located = cluster.storages.locate(drive.volume, node.name);
  if (located === undefined) throw failure(`volume '${drive.volume}' does not exist`);
  if (target !== node.name && !located.storage.isShared) {
    throw failure(`can't clone VM to node '${target}' (VM uses local storage)`);
  }
  const canLink = source.isTemplate && located.storage.canSnapshot(located.volume);
  if (!isFull && !canLink) throw failure(`Linked clone feature is not supported for drive '${drive.key}'`);
  const id = params.optionalText('storage') ?? located.storage.id;
  const storage = cluster.storages.onNode(id, target);
  return {
    drive,
    source: located.volume,
    storage,
    isLinked: !isFull,
    format: params.optionalText('format') as VolumeFormat | undefined,
  };
}

/** Three stages: bare and locked; whole and still locked after each disk; unlocked, moved and in its pool. */
async function copy(cluster: Cluster, vm: Vm, plan: ClonePlan, worker: Worker): Promise<void> {
  const made: { storage: Storage; volume: Volume }[] = [];
  worker.print(`creating a clone of VM ${plan.source.vmid} with ID ${vm.vmid}`);
  const values = copiedValues(plan);
  try {
    for (const drive of plan.cloudInit)
      made.push(cloudInitCopy(cluster, vm, { drive, values, target: plan.target }, worker));
    for (const disk of plan.disks) {
      const volume = await copyVolume(cluster, { ...disk, vmid: vm.vmid, bwlimit: plan.bwlimit }, worker, (one) =>
        made.push({ storage: disk.storage, volume: one }),
      );
      const rest = [...disk.drive.properties].filter(([key]) => !['file', 'size'].includes(key));
      values.set(
        disk.drive.key,
        writeDrive(new Map([['file', volume.id], ...rest, ['size', writeSize(volume.bytes)]])),
      );
      replaceValues(vm, new Map([...values, ['lock', 'clone']]));
    }
    worker.signal.throwIfAborted();
  } catch (error) {
    if (worker.isKilled) throw error;
    for (const { storage, volume } of made) storage.remove(volume.name);
    cluster.removeConfig(vm);
    throw failure(`clone failed: ${messageOf(error)}`);
  }
  replaceValues(vm, values);
  vm.node = plan.target;
  if (plan.pool !== undefined) cluster.pools.get(plan.pool)?.vmids.add(vm.vmid);
  cluster.broadcast.changed();
}

function replaceValues(vm: Vm, values: ReadonlyMap<string, string | number>): void {
  vm.config.values.clear();
  for (const [key, value] of values) vm.config.values.set(key, value);
}

/** What a clone takes over: all but identity, lock and disks. */
function copiedValues(plan: ClonePlan): ConfigValues {
  const values: ConfigValues = new Map();
  for (const [key, value] of plan.values) {
    if (['template', 'lock', 'parent', 'vmgenid', 'smbios1'].includes(key) || isUnusedKey(key)) continue;
    if (isDriveKey(key) && plan.disks.some((disk) => disk.drive.key === key)) continue;
    values.set(key, isNetKey(key) ? storedNet(readNet(key, String(value)), newMac()) : value);
  }
  values.set('smbios1', `uuid=${randomUUID()}`);
  if (plan.values.has('vmgenid')) values.set('vmgenid', randomUUID());
  values.set('name', plan.name);
  if (plan.description !== undefined) values.set('description', plan.description);
  return values;
}

function cloudInitCopy(
  cluster: Cluster,
  vm: Vm,
  { drive, values, target }: { drive: Drive; values: ConfigValues; target: string },
  worker: Worker,
): { storage: Storage; volume: Volume } {
  const storage = cluster.storages.onNode(drive.volume.slice(0, drive.volume.indexOf(':')), target);
  const bytes = 4 * 1024 ** 2;
  const volume = storage.allocate({ vmid: vm.vmid, purpose: 'cloudinit', bytes, usedBytes: bytes });
  worker.print(`allocated target volume '${volume.id}'`);
  values.set(drive.key, `${volume.id},media=cdrom,size=${writeSize(bytes)}`);
  return { storage, volume };
}
