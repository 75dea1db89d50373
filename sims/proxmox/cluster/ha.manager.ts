import type { Identity } from '../access/identity';
import { failure } from '../api.error';
import { USUAL_LOCK_WAIT_MS } from '../qemu/file.lock';
import { endMachine, startMachine } from '../qemu/process';
import type { Cluster } from './cluster';
import type { HaResource, HaState } from './ha';

/** A round of the manager and of the node's resource manager. */
const ROUND_MS = 10_000;
const ROOT: Identity = { user: 'root@pam' };

/** Sets what a VM is to be kept at, and has the manager look at it. */
export function requestState(cluster: Cluster, resource: HaResource, state: HaState): void {
  resource.state = state;
  lookLater(cluster, resource.vmid);
}

/** The manager's next round brings the VM to its state, if it is in another one by then. */
export function lookLater(cluster: Cluster, vmid: number): void {
  cluster.clock.later(cluster.clock.realMs(ROUND_MS), () => {
    look(cluster, vmid);
  });
}

const isToRun = (state: HaState): boolean => state === 'started' || state === 'enabled';
const isToStop = (state: HaState): boolean => state === 'stopped' || state === 'disabled';

function look(cluster: Cluster, vmid: number): void {
  const resource = cluster.ha.get(vmid);
  const vm = cluster.vms.get(vmid);
  if (resource === undefined || vm === undefined) return;
  if (isToRun(resource.state) && !vm.isRunning) act(cluster, vmid, 'qmstart');
  if (isToStop(resource.state) && vm.isRunning) act(cluster, vmid, 'qmshutdown');
}

function act(cluster: Cluster, vmid: number, type: 'qmstart' | 'qmshutdown'): void {
  const vm = cluster.vms.get(vmid);
  if (vm === undefined) return;
  cluster.tasks.start({ node: vm.node, type, id: vmid, identity: ROOT }, (worker) =>
    vm.fileLock.hold(
      USUAL_LOCK_WAIT_MS,
      async () => {
        const { lock } = vm.config;
        if (lock !== undefined) throw failure(`VM is locked (${lock})`);
        if (type === 'qmstart' && !vm.isRunning) startMachine(cluster, vm);
        await worker.work(cluster.tasks.delayMs(type));
        if (type === 'qmshutdown') endMachine(cluster, vm);
      },
      worker.signal,
    ),
  );
}
