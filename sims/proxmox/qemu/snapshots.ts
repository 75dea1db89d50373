import { badParameters, failure } from '../api.error';
import type { Cluster } from '../cluster/cluster';
import type { Call } from '../http/endpoint';
import type { TaskType } from '../tasks/upid';
import type { Worker } from '../tasks/worker';
import { disksOf, isUnusedKey, parseSize } from './drive';
import { USUAL_LOCK_WAIT_MS } from './file.lock';
import { endMachine, startMachine } from './process';
import { assertUnlocked } from './update';
import type { ConfigValues, SnapshotSection } from './vm.config';
import type { Vm } from './vm';
import { freeVolume } from './volumes';

const RESERVED = ['current', 'pending'];
/** A snapshot keeps neither marks of work nor the description, which is a VM's own and outlives a rollback. */
const OWN_KEYS = ['lock', 'digest', 'description', 'parent', 'vmstate'];

const isKept = (key: string): boolean => !OWN_KEYS.includes(key) && !isUnusedKey(key);

/** Whether every disk is on a storage, and in a format, that has snapshots. */
export function canSnapshot(cluster: Cluster, vm: Vm): boolean {
  return disksOf(vm.config.values).every((drive) => {
    const located = cluster.storages.locate(drive.volume, vm.node);
    return located?.storage.canSnapshot(located.volume) === true;
  });
}

/** Works on the snapshots of a VM that is there, while its configuration is marked with a lock. */
function snapshotTask(
  call: Call,
  type: TaskType,
  lock: string,
  steps: { begin: (vm: Vm) => void; end: (vm: Vm, worker: Worker) => void },
): string {
  const { cluster, node, identity, params } = call;
  const vm = cluster.vmOn(node.name, params.number('vmid'));
  return cluster.tasks.start({ node: node.name, type, id: vm.vmid, identity }, (worker) =>
    vm.fileLock.hold(
      USUAL_LOCK_WAIT_MS,
      async () => {
        assertUnlocked(vm);
        cluster.assertWritable(vm);
        steps.begin(vm);
        vm.config.values.set('lock', lock);
        try {
          await worker.work(cluster.tasks.delayMs(type));
          steps.end(vm, worker);
        } finally {
          if (!worker.isKilled) vm.config.values.delete('lock');
        }
      },
      worker.signal,
    ),
  ).upid;
}

function existing({ config }: Vm, name: string): SnapshotSection {
  const snapshot = config.snapshots.get(name);
  if (snapshot === undefined) throw failure(`snapshot '${name}' does not exist`);
  return snapshot;
}

/** POST …/snapshot */
export function takeSnapshot(call: Call): string {
  const { cluster, params } = call;
  const name = params.text('snapname');
  if (RESERVED.includes(name)) {
    throw badParameters({ snapname: `unable to use snapshot name '${name}' (reserved name)` });
  }
  return snapshotTask(call, 'qmsnapshot', 'snapshot', {
    begin: (vm) => {
      if (vm.config.snapshots.has(name)) throw failure(`snapshot name '${name}' already used`);
      if (!canSnapshot(cluster, vm)) throw failure('snapshot feature is not available');
    },
    end: (vm, worker) => {
      const vmstate = params.flag('vmstate') && vm.isRunning ? saveState(cluster, vm, name) : undefined;
      const description = params.optionalText('description');
      const parent = vm.config.text('parent');
      for (const drive of disksOf(vm.config.values)) worker.print(`snapshotting '${drive.key}' (${drive.volume})`);
      vm.config.snapshots.set(name, {
        name,
        snaptime: cluster.clock.seconds(),
        values: new Map([...vm.config.values].filter(([key]) => isKept(key))),
        ...(description === undefined ? {} : { description }),
        ...(parent === undefined ? {} : { parent }),
        ...(vmstate === undefined ? {} : { vmstate }),
      });
      vm.config.values.set('parent', name);
    },
  });
}

function saveState(cluster: Cluster, vm: Vm, name: string): string {
  const storage = vm.config.text('vmstatestorage') ?? disksOf(vm.config.values)[0]?.volume.split(':')[0] ?? 'local';
  const bytes = 2 * vm.memoryBytes;
  return cluster.storages.onNode(storage, vm.node).allocate({ vmid: vm.vmid, purpose: 'state', bytes, label: name }).id;
}

/** DELETE …/snapshot/{snapname}: its children stand on its parent from then on. */
export function removeSnapshot(call: Call): string {
  const { cluster, params } = call;
  const name = params.text('snapname');
  return snapshotTask(call, 'qmdelsnapshot', 'snapshot-delete', {
    begin: (vm) => {
      existing(vm, name);
    },
    end: (vm) => {
      const { parent, vmstate } = existing(vm, name);
      if (vmstate !== undefined) freeVolume(cluster, vm.node, vmstate);
      vm.config.snapshots.delete(name);
      for (const child of vm.config.snapshots.values()) if (child.parent === name) setParent(child, parent);
      if (vm.config.text('parent') !== name) return;
      if (parent === undefined) vm.config.values.delete('parent');
      else vm.config.values.set('parent', parent);
    },
  });
}

function setParent(child: SnapshotSection, parent: string | undefined): void {
  if (parent === undefined) delete child.parent;
  else child.parent = parent;
}

/** POST …/snapshot/{snapname}/rollback: the VM is off afterwards, unless its memory was saved or `start` is given. */
export function rollBack(call: Call): string {
  const { cluster, params } = call;
  const name = params.text('snapname');
  return snapshotTask(call, 'qmrollback', 'rollback', {
    begin: (vm) => {
      existing(vm, name);
      if (vm.isTemplate) throw failure('Rollback is not supported for templates');
      endMachine(cluster, vm);
    },
    end: (vm) => {
      const snapshot = existing(vm, name);
      restore(cluster, vm, snapshot);
      vm.config.values.delete('lock');
      if (snapshot.vmstate !== undefined || params.flag('start')) startMachine(cluster, vm);
      if (snapshot.vmstate !== undefined && vm.machine !== undefined) vm.machine.bootedAt = Date.now();
    },
  });
}

function restore(cluster: Cluster, vm: Vm, snapshot: SnapshotSection): void {
  const kept: ConfigValues = new Map(
    [...vm.config.values].filter(([key]) => key === 'description' || isUnusedKey(key)),
  );
  vm.config.values.clear();
  vm.config.pending.clear();
  for (const [key, value] of [...snapshot.values, ...kept]) vm.config.values.set(key, value);
  vm.config.values.set('parent', snapshot.name);
  for (const drive of disksOf(vm.config.values)) {
    const located = cluster.storages.locate(drive.volume, vm.node);
    if (located !== undefined) located.volume.bytes = parseSize(drive.properties.get('size') ?? '0');
  }
}

/** GET …/snapshot: all of them, and where the VM stands. */
export function listSnapshots({ config, isRunning }: Vm): readonly object[] {
  const parent = config.text('parent');
  const rows = [...config.snapshots.values()].map((one) => ({
    name: one.name,
    description: one.description ?? '',
    snaptime: one.snaptime,
    vmstate: one.vmstate === undefined ? 0 : 1,
    ...(one.parent === undefined ? {} : { parent: one.parent }),
  }));
  const here = { name: 'current', description: 'You are here!', digest: config.digest(), running: isRunning ? 1 : 0 };
  return [...rows, parent === undefined ? here : { ...here, parent }];
}

/** GET …/snapshot/{snapname}/config */
export function snapshotConfig(vm: Vm, name: string): object {
  const { values, snaptime, description, parent, vmstate } = existing(vm, name);
  return {
    ...Object.fromEntries(values),
    snaptime,
    ...(description === undefined ? {} : { description }),
    ...(parent === undefined ? {} : { parent }),
    ...(vmstate === undefined ? {} : { vmstate }),
  };
}

/** PUT …/snapshot/{snapname}/config */
export function describeSnapshot(vm: Vm, name: string, description: string | undefined): void {
  assertUnlocked(vm);
  if (description !== undefined) existing(vm, name).description = description;
}
