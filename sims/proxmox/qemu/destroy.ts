import { failure } from '../api.error';
import type { Cluster } from '../cluster/cluster';
import type { Call } from '../http/endpoint';
import type { Worker } from '../tasks/worker';
import { requireRootFor } from './config.permissions';
import { drivesOf, isUnusedKey } from './drive';
import { USUAL_LOCK_WAIT_MS } from './file.lock';
import { assertUnlocked } from './update';
import type { Vm } from './vm';
import { freeVolume } from './volumes';

/**
 * DELETE /nodes/{node}/qemu/{vmid}
 * @returns the task's UPID.
 * @throws ApiError 500: not there, protected, running, or in use by HA without `purge`
 */
export function destroyVm(call: Call): string {
  const { cluster, node, identity, params } = call;
  requireRootFor(identity, (name) => params.has(name), 'skiplock');
  const vmid = params.number('vmid');
  const check = (): Vm => {
    const vm = cluster.vmOn(node.name, vmid);
    if (vm.config.flag('protection')) throw failure(`can't remove VM ${vmid} - protection mode enabled`);
    if (cluster.ha.get(vmid) !== undefined && !params.flag('purge')) {
      throw failure(`unable to remove VM ${vmid} - used in HA resources and purge parameter not set.`);
    }
    if (vm.isRunning) throw failure(`VM ${vmid} is running - destroy failed`);
    return vm;
  };
  check();
  const options = { isUnreferencedToo: params.flag('destroy-unreferenced-disks'), skipLock: params.flag('skiplock') };
  return cluster.tasks.start({ node: node.name, type: 'qmdestroy', id: vmid, identity }, async (worker) => {
    const vm = cluster.vmOn(node.name, vmid);
    await vm.fileLock.hold(USUAL_LOCK_WAIT_MS, () => destroy(cluster, check(), options, worker), worker.signal);
  }).upid;
}

interface DestroyOptions {
  readonly isUnreferencedToo: boolean;
  readonly skipLock: boolean;
}

async function destroy(cluster: Cluster, vm: Vm, options: DestroyOptions, worker: Worker): Promise<void> {
  if (!options.skipLock) assertUnlocked(vm);
  cluster.assertWritable(vm);
  assertNoClones(cluster, vm);
  await worker.work(cluster.tasks.delayMs('qmdestroy'));
  for (const volume of volumesOf(vm)) freeVolume(cluster, vm.node, volume);
  if (options.isUnreferencedToo) freeUnreferenced(cluster, vm);
  cluster.ha.remove(vm.vmid);
  cluster.removeConfig(vm);
}

/** Every volume that the configuration or one of its snapshots names. */
export function volumesOf(vm: Vm): readonly string[] {
  const sections = [vm.config.values, ...[...vm.config.snapshots.values()].map((one) => one.values)];
  const disks = sections.flatMap((values) => drivesOf(values).map((drive) => drive.volume));
  const unused = [...vm.config.values].filter(([key]) => isUnusedKey(key)).map(([, value]) => String(value));
  const states = [...vm.config.snapshots.values()].flatMap(({ vmstate }) => (vmstate === undefined ? [] : [vmstate]));
  const own = vm.config.text('vmstate');
  return [...new Set([...disks, ...unused, ...states, ...(own === undefined ? [] : [own])])];
}

function assertNoClones(cluster: Cluster, vm: Vm): void {
  for (const id of volumesOf(vm)) {
    const located = cluster.storages.locate(id, vm.node);
    if (located !== undefined && located.storage.clonesOf(located.volume).length > 0) {
      throw failure(`base volume '${id}' is still in use by linked cloned`);
    }
  }
}

/** Volumes that bear the VMID and that no configuration names. */
function freeUnreferenced(cluster: Cluster, vm: Vm): void {
  for (const storage of cluster.storages.ofNode(vm.node)) {
    for (const volume of storage.volumes()) if (volume.vmid === vm.vmid) storage.remove(volume.name);
  }
}
