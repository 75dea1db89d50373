import { randomUUID } from 'node:crypto';
import { badParameters, failure, forbidden, messageOf } from '../api.error';
import type { Cluster } from '../cluster/cluster';
import type { Call } from '../http/endpoint';
import type { Worker } from '../tasks/worker';
import { typedValue } from './config.parameters';
import { requireConfigPrivileges, requireRootFor } from './config.permissions';
import { storedValue } from './config.values';
import { drivesOf, isDriveKey } from './drive';
import { SHORT_LOCK_WAIT_MS } from './file.lock';
import { startMachine } from './process';
import { configEntries } from './update';
import type { Vm } from './vm';
import { freeVolume, storeDrive } from './volumes';

/** Refuses a pool that is none. @throws ApiError 403, as for a pool that the caller may not use */
export function assertPool(cluster: Cluster, pool: string | undefined): void {
  if (pool !== undefined && cluster.pools.get(pool) === undefined) throw forbidden(`pool '${pool}' does not exist`);
}

/**
 * POST /nodes/{node}/qemu: takes the VMID at once, and makes the VM in a task.
 * @returns the task's UPID.
 */
export function createVm(call: Call): string {
  const { cluster, node, identity, params } = call;
  const vmid = params.number('vmid');
  const pool = params.optionalText('pool');
  assertPool(cluster, pool);
  requireAllocate(call, vmid, pool);
  requireRootFor(identity, (name) => params.has(name), 'force', 'unique', 'archive', 'live-restore');
  const entries = configEntries(call).map(([key, value]) => [key, storedValue(key, withStorage(call, value))] as const);
  if (params.has('lock')) throw failure("only root can set 'lock' config");
  requireConfigPrivileges({ cluster, identity, vmid, pool }, entries);
  assertStorages(cluster, node.name, entries);
  cluster.assertQuorum();
  const vm = cluster.createConfig(vmid, node.name, 'create');
  const options = { pool, start: params.flag('start') };
  return cluster.tasks.start({ node: node.name, type: 'qmcreate', id: vmid, identity }, (worker) =>
    vm.fileLock.hold(SHORT_LOCK_WAIT_MS, () => build(cluster, vm, { entries, ...options }, worker), worker.signal),
  ).upid;
}

function requireAllocate({ cluster, identity }: Call, vmid: number, pool: string | undefined): void {
  if (pool !== undefined && cluster.access.has(`/pool/${pool}`, identity, ['VM.Allocate'])) return;
  cluster.access.require(`/vms/${vmid}`, identity, ['VM.Allocate']);
}

/** A disk that names no storage goes to the call's. */
function withStorage({ params }: Call, value: string): string {
  const storage = params.optionalText('storage');
  return storage !== undefined && /^\d+(\.\d+)?(,|$)/.test(value) ? `${storage}:${value}` : value;
}

function assertStorages(cluster: Cluster, node: string, entries: readonly (readonly [string, string])[]): void {
  for (const drive of drivesOf(new Map(entries))) {
    const storage = /^([^:,]+):/.exec(drive.volume)?.[1];
    if (storage === undefined) continue;
    if (cluster.storages.definition(storage) === undefined) {
      throw badParameters({ [drive.key]: `invalid format - storage '${storage}' does not exist\n` });
    }
    cluster.storages.onNode(storage, node);
  }
}

interface Plan {
  readonly entries: readonly (readonly [string, string])[];
  readonly pool: string | undefined;
  readonly start: boolean;
}

/** On a failure neither configuration nor disks remain, unless the worker is killed. */
async function build(cluster: Cluster, vm: Vm, plan: Plan, worker: Worker): Promise<void> {
  const allotted: string[] = [];
  try {
    allotDrives(cluster, vm, plan, { allotted, worker });
    await worker.work(cluster.tasks.delayMs('qmcreate'));
    fillIn(vm, plan.entries);
  } catch (error) {
    if (worker.isKilled) throw error;
    for (const volume of allotted) freeVolume(cluster, vm.node, volume);
    cluster.removeConfig(vm);
    throw failure(`unable to create VM ${vm.vmid} - ${messageOf(error)}`);
  }
  if (plan.pool !== undefined) cluster.pools.get(plan.pool)?.vmids.add(vm.vmid);
  cluster.broadcast.changed();
  if (plan.start) startMachine(cluster, vm);
}

function allotDrives(
  cluster: Cluster,
  vm: Vm,
  { entries }: Plan,
  { allotted, worker }: { allotted: string[]; worker: Worker },
): void {
  for (const [key, value] of entries) {
    if (!isDriveKey(key)) continue;
    const stored = storeDrive(cluster, vm, key, value);
    vm.config.values.set(key, stored.value);
    if (stored.allotted === undefined) continue;
    allotted.push(stored.allotted);
    worker.print(`${key}: successfully created disk '${stored.value}'`);
  }
}

function fillIn(vm: Vm, entries: Plan['entries']): void {
  const { values } = vm.config;
  const seconds = Math.floor(Date.now() / 1000);
  values.set('meta', `creation-qemu=10.0.13,ctime=${seconds}`);
  values.set('smbios1', `uuid=${randomUUID()}`);
  values.set('vmgenid', randomUUID());
  for (const [key, value] of entries) if (!isDriveKey(key)) values.set(key, typedValue(key, value));
  if (!values.has('boot')) values.set('boot', `order=${bootOrder(vm)}`);
  values.delete('lock');
}

function bootOrder({ config }: Vm): string {
  const drives = drivesOf(config.values).filter(
    (drive) => !/^(efidisk|tpmstate)/.test(drive.key) && !drive.isCloudInit,
  );
  const disks = drives.filter((drive) => !drive.isCdrom).slice(0, 1);
  const discs = drives.filter((drive) => drive.isCdrom);
  return [...disks, ...discs, ...(config.values.has('net0') ? [{ key: 'net0' }] : [])].map(({ key }) => key).join(';');
}
