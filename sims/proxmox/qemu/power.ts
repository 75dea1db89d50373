import { failure } from '../api.error';
import type { Cluster } from '../cluster/cluster';
import type { HaState } from '../cluster/ha';
import { requestState } from '../cluster/ha.manager';
import type { Call } from '../http/endpoint';
import type { TaskType } from '../tasks/upid';
import type { Worker } from '../tasks/worker';
import { requireRootFor } from './config.permissions';
import { drivesOf } from './drive';
import { USUAL_LOCK_WAIT_MS } from './file.lock';
import { endMachine, obeysShutdown, startMachine } from './process';
import { assertUnlocked } from './update';
import type { Vm } from './vm';
import { freeVolume } from './volumes';

const SHUTDOWN_MS = 60_000;
/** How long a guest takes to go down, and QEMU's event daemon to start it again. */
const GOING_DOWN_MS = 2_000;
const RESTART_MS = 1_000;
const POLL_MS = 200;

/** Starts a task that works on a VM under its file lock; a VM that is not there is the task's failure. */
export function powerTask(call: Call, type: TaskType, job: (vm: Vm, worker: Worker) => Promise<void>): string {
  const { cluster, node, identity, params } = call;
  const vmid = params.number('vmid');
  requireRootFor(identity, (name) => params.has(name), 'skiplock', 'keepActive', 'migratedfrom', 'stateuri');
  return cluster.tasks.start({ node: node.name, type, id: vmid, identity }, async (worker) => {
    const vm = cluster.vmOn(node.name, vmid);
    await vm.fileLock.hold(
      USUAL_LOCK_WAIT_MS,
      () => {
        cluster.vmOn(node.name, vmid);
        return job(vm, worker);
      },
      worker.signal,
    );
  }).upid;
}

/** A VM that runs, or the call fails at once. @throws ApiError 500 `VM 201 not running` */
export function runningVm({ cluster, node, params }: Call): Vm {
  const vm = cluster.vmOn(node.name, params.number('vmid'));
  if (!vm.isRunning) throw failure(`VM ${vm.vmid} not running`);
  return vm;
}

function assertFree(call: Call, vm: Vm): void {
  if (!call.params.flag('skiplock')) assertUnlocked(vm);
}

/**
 * A VM that the HA manager looks after is not touched: the wish is queued, and the task is over before anything happens.
 * @returns the task's UPID, or nothing for a VM that it does not look after.
 */
function queueAtHa(call: Call, type: 'hastart' | 'hastop', state: HaState): string | undefined {
  const { cluster, node, identity, params } = call;
  const vmid = params.number('vmid');
  const resource = cluster.ha.get(vmid);
  if (resource === undefined || resource.state === 'ignored') return undefined;
  return cluster.tasks.start({ node: node.name, type, id: vmid, identity }, async (worker) => {
    worker.print(`Requesting HA ${type === 'hastart' ? 'start' : 'stop'} for VM ${vmid}`);
    await worker.work(cluster.tasks.delayMs(type));
    requestState(cluster, resource, state);
  }).upid;
}

/** POST …/status/start */
export function start(call: Call): string {
  const { cluster } = call;
  cluster.assertQuorum();
  return queueAtHa(call, 'hastart', 'started') ?? startHere(call);
}

function startHere(call: Call): string {
  const { cluster } = call;
  return powerTask(call, 'qmstart', (vm, worker) => {
    const isAsleep = vm.config.lock === 'suspended';
    if (!isAsleep) assertFree(call, vm);
    if (vm.isRunning) throw failure(`VM ${vm.vmid} already running`);
    return launch(cluster, vm, worker);
  });
}

/** Starts a VM, or wakes one that sleeps on its disk. */
export async function launch(cluster: Cluster, vm: Vm, worker: Worker): Promise<void> {
  if (drivesOf(vm.config.values).some((drive) => drive.isCloudInit)) worker.print('generating cloud-init ISO');
  const isAsleep = vm.config.lock === 'suspended';
  const machine = startMachine(cluster, vm);
  if (isAsleep) wake(cluster, vm);
  try {
    await worker.work(cluster.tasks.delayMs('qmstart'));
  } catch (error) {
    if (!worker.isKilled && vm.machine === machine) endMachine(cluster, vm);
    throw error;
  }
}

function wake(cluster: Cluster, vm: Vm): void {
  const state = vm.config.text('vmstate');
  vm.config.values.delete('lock');
  vm.config.values.delete('vmstate');
  if (state !== undefined) freeVolume(cluster, vm.node, state);
  if (vm.machine !== undefined) vm.machine.bootedAt = Date.now();
}

/** POST …/status/stop */
export function stop(call: Call): string {
  return queueAtHa(call, 'hastop', 'stopped') ?? stopHere(call);
}

function stopHere(call: Call): string {
  const { cluster, node, params } = call;
  if (params.flag('overrule-shutdown')) abortShutdowns(cluster, node.name, params.text('vmid'));
  return powerTask(call, 'qmstop', async (vm, worker) => {
    assertFree(call, vm);
    if (!vm.isRunning) return;
    await worker.work(cluster.tasks.delayMs('qmstop'));
    endMachine(cluster, vm);
  });
}

function abortShutdowns(cluster: Cluster, node: string, vmid: string): void {
  for (const worker of cluster.tasks.ofNode(node)) {
    if (worker.isRunning && worker.parts.type === 'qmshutdown' && worker.parts.id === vmid) worker.terminate();
  }
}

/** POST …/status/shutdown */
export function shutdown(call: Call): string {
  const { cluster, node, params } = call;
  const vm = cluster.vms.get(params.number('vmid'));
  const force = params.flag('forceStop');
  const queued = queueAtHa(call, 'hastop', 'stopped');
  if (queued !== undefined) return queued;
  if (vm?.node === node.name && vm.machine?.isPaused === true && !force)
    throw failure('VM is paused - cannot shutdown');
  const timeoutMs = (params.optionalNumber('timeout') ?? SHUTDOWN_MS / 1000) * 1000;
  return powerTask(call, 'qmshutdown', async (one, worker) => {
    assertFree(call, one);
    if (one.isRunning) await goDown(cluster, one, { timeoutMs, force }, worker);
  });
}

/** POST …/status/reboot: the task ends while the VM is briefly off; its daemon starts it again. */
export function reboot(call: Call): string {
  const { cluster, params } = call;
  runningVm(call);
  const timeoutMs = (params.optionalNumber('timeout') ?? SHUTDOWN_MS / 1000) * 1000;
  return powerTask(call, 'qmreboot', async (vm, worker) => {
    assertFree(call, vm);
    await goDown(cluster, vm, { timeoutMs, force: false }, worker);
    cluster.clock.later(cluster.clock.realMs(RESTART_MS), () => {
      if (cluster.vms.get(vm.vmid) === vm && !vm.isRunning) startMachine(cluster, vm);
    });
  });
}

interface Patience {
  /** In milliseconds of the cluster. */
  readonly timeoutMs: number;
  /** Kills the process when the guest does not go in time. */
  readonly force: boolean;
}

/** Asks the guest to go down and waits; a guest that boots in the meantime follows late. */
async function goDown(cluster: Cluster, vm: Vm, { timeoutMs, force }: Patience, worker: Worker): Promise<void> {
  const { machine } = vm;
  const deadline = Date.now() + cluster.clock.realMs(timeoutMs);
  while (vm.machine === machine && !obeysShutdown(vm) && Date.now() < deadline) {
    await worker.work(Math.min(cluster.clock.realMs(POLL_MS), Math.max(1, deadline - Date.now())));
  }
  const isGoing = obeysShutdown(vm);
  if (!isGoing && !force) throw failure('VM quit/powerdown failed - got timeout');
  if (!isGoing) worker.print('VM quit/powerdown failed - terminating now with SIGTERM');
  if (isGoing) await worker.work(cluster.clock.realMs(GOING_DOWN_MS));
  if (vm.machine === machine) endMachine(cluster, vm);
}

/** POST …/status/reset */
export function reset(call: Call): string {
  const { cluster } = call;
  runningVm(call);
  return powerTask(call, 'qmreset', async (vm, worker) => {
    assertFree(call, vm);
    await worker.work(cluster.tasks.delayMs('qmreset'));
    if (vm.machine !== undefined) vm.machine.bootedAt = Date.now() + cluster.options.guestDelayMs;
  });
}

/** POST …/status/suspend: pauses, or saves the memory and ends the process. */
export function suspend(call: Call): string {
  const { cluster, params } = call;
  runningVm(call);
  if (!params.flag('todisk')) {
    return powerTask(call, 'qmpause', async (vm, worker) => {
      assertFree(call, vm);
      await worker.work(cluster.tasks.delayMs('qmpause'));
      if (vm.machine !== undefined) vm.machine.isPaused = true;
    });
  }
  return powerTask(call, 'qmsuspend', async (vm, worker) => {
    assertFree(call, vm);
    await hibernate(call, vm, worker);
  });
}

async function hibernate({ cluster, node, params }: Call, vm: Vm, worker: Worker): Promise<void> {
  const first = drivesOf(vm.config.values).find((drive) => !drive.isCdrom);
  const storage = params.optionalText('statestorage') ?? first?.volume.split(':')[0] ?? 'local';
  vm.config.values.set('lock', 'suspending');
  const state = cluster.storages
    .onNode(storage, node.name)
    .allocate({ vmid: vm.vmid, purpose: 'state', bytes: 2 * vm.memoryBytes, label: 'suspend' });
  vm.config.values.set('vmstate', state.id);
  await worker.work(cluster.tasks.delayMs('qmsuspend'));
  vm.config.values.set('lock', 'suspended');
  endMachine(cluster, vm);
}

/** POST …/status/resume */
export function resume(call: Call): string {
  const { cluster, node, params } = call;
  const vm = cluster.vmOn(node.name, params.number('vmid'));
  if (!vm.isRunning && vm.config.lock !== 'suspended') throw failure(`VM ${vm.vmid} not running`);
  return powerTask(call, 'qmresume', async (one, worker) => {
    if (!one.isRunning) {
      await launch(cluster, one, worker);
      return;
    }
    await worker.work(cluster.tasks.delayMs('qmresume'));
    if (one.machine !== undefined) one.machine.isPaused = false;
  });
}
