import { allOf, and, anyOf, everybody, or, withParameter } from '../access/permission';
import type { Call, Endpoint } from '../http/endpoint';
import { node, pool, snapname, storage, vmid, digest } from '../schema/common.parameters';
import { configId, dnsName } from '../schema/formats';
import { choice, flag, integer, optional, text, type ParameterTable } from '../schema/parameter';
import { cloneVm } from './clone';
import { configTable } from './config.parameters';
import { createVm } from './create';
import { destroyVm } from './destroy';
import { applyUpdate, checkUpdate } from './update';
import { configOf, pendingOf, summaryOf } from './vm.views';

const vmPath = '/nodes/{node}/qemu/{vmid}';
const one: ParameterTable = { node, vmid };

const configPrivileges = [
  ...['VM.Config.Disk', 'VM.Config.CDROM', 'VM.Config.CPU', 'VM.Config.Memory', 'VM.Config.Network'],
  ...['VM.Config.HWType', 'VM.Config.Options', 'VM.Config.Cloudinit'],
];

const configChange: ParameterTable = {
  ...one,
  ...configTable,
  delete: optional(text({ format: configId, isList: true })),
  revert: optional(text({ format: configId, isList: true })),
  digest: optional(digest),
  force: optional(flag({ requires: 'delete' })),
  skiplock: optional(flag()),
};

function visible({ cluster, identity, node: at }: Call): readonly object[] {
  return cluster
    .vmsOn(at.name)
    .filter((vm) => cluster.access.has(`/vms/${vm.vmid}`, identity, ['VM.Audit']))
    .map((vm) => summaryOf(cluster, vm));
}

/** PUT config: done when it is answered. */
async function updateNow(call: Call): Promise<null> {
  const vm = call.cluster.vmOn(call.node.name, call.params.number('vmid'));
  await applyUpdate(call.cluster, vm, checkUpdate(call, vm));
  return null;
}

/** POST config: a task, or null when it is done within `background_delay` seconds. */
async function updateLater(call: Call): Promise<string | null> {
  const { cluster, node: at, identity, params } = call;
  const vm = cluster.vmOn(at.name, params.number('vmid'));
  const update = checkUpdate(call, vm);
  const worker = cluster.tasks.start({ node: at.name, type: 'qmconfig', id: vm.vmid, identity }, async (task) => {
    await task.work(cluster.tasks.delayMs('qmconfig'));
    await applyUpdate(cluster, vm, update, task.signal);
  });
  const seconds = params.optionalNumber('background_delay');
  if (seconds === undefined) return worker.upid;
  await Promise.race([worker.ended(), cluster.clock.wait(seconds * 1000)]);
  return worker.exitstatus === 'OK' ? null : worker.upid;
}

/** Machines, their configuration, and their coming and going. */
export const vmEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/nodes/{node}/qemu',
    permission: everybody,
    parameters: { node, full: optional(flag()) },
    isProtected: true,
    handle: visible,
  },
  {
    method: 'POST',
    path: '/nodes/{node}/qemu',
    permission: everybody,
    parameters: {
      node,
      vmid,
      ...configTable,
      archive: optional(text({ maxLength: 255 })),
      bwlimit: optional(integer({ minimum: 0 })),
      force: optional(flag({ requires: 'archive' })),
      'ha-managed': optional(flag()),
      'import-working-storage': optional(storage),
      'live-restore': optional(flag()),
      pool: optional(pool),
      start: optional(flag()),
      storage: optional(storage),
      unique: optional(flag({ requires: 'archive' })),
    },
    isProtected: true,
    handle: createVm,
  },
  {
    method: 'DELETE',
    path: vmPath,
    permission: allOf('/vms/{vmid}', 'VM.Allocate'),
    parameters: {
      ...one,
      'destroy-unreferenced-disks': optional(flag()),
      purge: optional(flag()),
      skiplock: optional(flag()),
    },
    isProtected: true,
    handle: destroyVm,
  },
  {
    method: 'GET',
    path: `${vmPath}/config`,
    permission: allOf('/vms/{vmid}', 'VM.Audit'),
    parameters: { ...one, current: optional(flag()), snapshot: optional(snapname) },
    handle: ({ cluster, node: at, params }) => configOf(cluster.vmOn(at.name, params.number('vmid')), params),
  },
  {
    method: 'PUT',
    path: `${vmPath}/config`,
    permission: anyOf('/vms/{vmid}', ...configPrivileges),
    parameters: configChange,
    isProtected: true,
    handle: updateNow,
  },
  {
    method: 'POST',
    path: `${vmPath}/config`,
    permission: anyOf('/vms/{vmid}', ...configPrivileges),
    parameters: {
      ...configChange,
      background_delay: optional(integer({ minimum: 1, maximum: 30 })),
      'import-working-storage': optional(storage),
    },
    isProtected: true,
    handle: updateLater,
  },
  {
    method: 'GET',
    path: `${vmPath}/pending`,
    permission: allOf('/vms/{vmid}', 'VM.Audit'),
    parameters: one,
    handle: ({ cluster, node: at, params }) => pendingOf(cluster.vmOn(at.name, params.number('vmid'))),
  },
  {
    method: 'POST',
    path: `${vmPath}/clone`,
    permission: and(
      allOf('/vms/{vmid}', 'VM.Clone'),
      or(allOf('/vms/{newid}', 'VM.Allocate'), withParameter('pool', allOf('/pool/{pool}', 'VM.Allocate'))),
    ),
    parameters: {
      ...one,
      newid: vmid,
      bwlimit: optional(integer({ minimum: 0 })),
      description: optional(text()),
      format: optional(choice('raw', 'qcow2', 'vmdk')),
      full: optional(flag()),
      name: optional(text({ format: dnsName })),
      pool: optional(pool),
      snapname: optional(snapname),
      storage: optional(storage),
      target: optional(node),
    },
    isProtected: true,
    handle: cloneVm,
  },
];
