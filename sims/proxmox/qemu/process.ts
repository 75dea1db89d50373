import { failure } from '../api.error';
import type { Cluster } from '../cluster/cluster';
import { bootDisk, drivesOf, parseSize } from './drive';
import type { Machine } from './machine';
import { netsOf } from './net';
import { isEnabled, type Vm } from './vm';

const GIB = 1024 ** 3;

/** Bridges and SDN vnets that a node has. */
export const bridgesOf = (cluster: Cluster): readonly string[] => [
  ...cluster.options.bridges,
  ...cluster.options.vnets.map(({ vnet }) => vnet),
];

/** @throws ApiError 500 for what the host does not have: bridges, CPUs, memory */
function assertHost(cluster: Cluster, vm: Vm): void {
  const host = cluster.nodes.get(vm.node);
  const cpus = host?.options.cpus ?? 1;
  if (vm.cpus > cpus) throw failure(`MAX ${cpus} vcpus allowed per VM on this node`);
  for (const { bridge } of netsOf(vm.config.values)) {
    if (bridge !== undefined && !bridgesOf(cluster).includes(bridge))
      throw failure(`bridge '${bridge}' does not exist`);
  }
  for (const drive of drivesOf(vm.config.values)) assertVolume(cluster, vm, drive.volume);
  if (vm.memoryBytes > freeMemory(cluster, vm.node)) {
    throw failure('start failed: QEMU exited with code 1: cannot set up guest memory: Cannot allocate memory');
  }
}

function assertVolume(cluster: Cluster, vm: Vm, volume: string): void {
  if (volume === 'none' || volume === 'cdrom') return;
  if (cluster.storages.locate(volume, vm.node) === undefined) throw failure(`volume '${volume}' does not exist`);
}

/** Bytes that are left of a node's memory when its running VMs have theirs. */
export function freeMemory(cluster: Cluster, node: string): number {
  const total = cluster.nodes.get(node)?.memoryBytes ?? 0;
  const used = cluster.vmsOn(node).reduce((sum, vm) => sum + (vm.isRunning ? vm.memoryBytes : 0), 2 * GIB);
  return Math.max(0, total - used);
}

/**
 * Starts the VM's process with the configuration as it is now, what was pending included.
 * @throws ApiError 500
 */
export function startMachine(cluster: Cluster, vm: Vm): Machine {
  if (vm.isTemplate) throw failure("you can't start a vm if it's a template");
  vm.config.applyPending();
  assertHost(cluster, vm);
  const disk = bootDisk(vm.config.values);
  const volume = disk === undefined ? undefined : cluster.storages.locate(disk.volume, vm.node)?.volume;
  const now = Date.now();
  const machine: Machine = {
    pid: cluster.tasks.nextPid(),
    startedAt: now,
    bootedAt: now + cluster.options.guestDelayMs,
    isPaused: false,
    active: new Map(vm.config.values),
    hasSystem: volume?.hasSystem ?? false,
    ended: new AbortController(),
  };
  if (volume !== undefined) volume.usedBytes = Math.min(volume.bytes, volume.usedBytes + 64 * 1024 ** 2);
  vm.machine = machine;
  cluster.broadcast.changed();
  return machine;
}

/** The process has ended, by whatever means: what was pending holds. */
export function endMachine(cluster: Cluster, vm: Vm): void {
  const { machine } = vm;
  if (machine === undefined) return;
  vm.machine = undefined;
  machine.ended.abort();
  vm.config.applyPending();
  cluster.broadcast.changed();
}

/** A guest whose agent runs has booted, whatever its disk and the time say. */
const hasBooted = ({ machine, guest }: Vm): boolean =>
  guest.agent === 'running' || (machine?.hasSystem === true && Date.now() >= machine.bootedAt);

/** Whether the guest agent would answer now. */
export function isAgentRunning(vm: Vm): boolean {
  const { machine, guest } = vm;
  if (machine === undefined || machine.isPaused || !isEnabled(String(machine.active.get('agent') ?? '0'))) return false;
  return guest.agent !== 'not-running' && hasBooted(vm);
}

/** Whether the guest would follow a request to shut down. */
export function obeysShutdown(vm: Vm): boolean {
  return vm.machine !== undefined && vm.guest.ignoresShutdown !== true && hasBooted(vm);
}

/** The size of the boot disk, in bytes. */
export const bootBytes = (vm: Vm): number => parseSize(bootDisk(vm.config.values)?.properties.get('size') ?? '0');
