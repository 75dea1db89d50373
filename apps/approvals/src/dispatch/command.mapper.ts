import {
  DcmError,
  siteKeys,
  type DeleteCommand,
  type MutationType,
  type OperationKind,
  type Ownership,
  type PlanCommand,
  type PowerCommand,
  type ProvisionCommand,
  type ReadType,
  type ReconfigureCommand,
  type SnapshotCommand,
  type StatusCommand,
  type StatusesCommand,
} from '@dcm/contracts';
import type { OperationRecord } from '../operations/operation.entity';
import type { Scene } from '../operations/scene';
import { messageBudgetMs } from '../operations/timing';
import type { VmRecord } from '../operations/vm.entity';

type CommandData =
  | PlanCommand
  | StatusCommand
  | StatusesCommand
  | ProvisionCommand
  | PowerCommand
  | ReconfigureCommand
  | SnapshotCommand
  | DeleteCommand;

/** A message to a site's provisioners. The same id again is the same message. */
export interface Command {
  readonly id: string;
  readonly type: MutationType | ReadType;
  readonly routingKey: string;
  readonly data: CommandData;
  readonly traceparent: string | null;
}

/** What a command needs to know besides its operation. */
export type CommandScene = Pick<Scene, 'now' | 'installation'> & { readonly vm: VmRecord };

/** The mark on a VM of this installation. */
export const markOf = ({ installation, vm }: Pick<CommandScene, 'installation' | 'vm'>): Ownership => ({
  installation,
  tenant: vm.doc.tenantId,
  project: vm.doc.projectId,
  instance: vm.doc.id,
});

const defect = (vm: VmRecord, lack: string): DcmError =>
  new DcmError('INTERNAL', `Unable to command work on VM ${vm.doc.name}: it has no ${lack}`);

/** Asks whether the site can do what is asked, on the read queue. @throws DcmError INTERNAL for a VM without a spec. */
export function planCommand(scene: CommandScene, operation: OperationRecord): Command {
  const { vm } = scene;
  if (vm.spec === null) throw defect(vm, 'spec');
  const { id, seq } = operation.doc;
  const replaces = vm.plannedAt?.toISOString() ?? null;
  const data: PlanCommand = {
    requestId: `${id}/plan/${seq}`,
    site: vm.doc.site,
    operationId: id,
    spec: vm.spec,
    replaces,
  };
  return readCommand(vm, 'io.dcm.command.plan.v1', data, operation.traceparent);
}

/** Asks what is to be seen of a VM, on the read queue. */
export function statusCommand(scene: CommandScene, requestId: string): Command {
  const { vm } = scene;
  const data: StatusCommand = {
    requestId,
    site: vm.doc.site,
    instanceId: vm.doc.id,
    ownership: markOf(scene),
    nativeIds: [...vm.nativeIds],
    instanceNumber: vm.instanceNumber ?? 0,
  };
  return readCommand(vm, 'io.dcm.command.status.v1', data, null);
}

/**
 * The work of the operation's current attempt.
 * @throws DcmError INTERNAL when the VM or the operation lacks what this kind of work needs.
 */
export function workCommand(scene: CommandScene, operation: OperationRecord): Command {
  const { doc, traceparent } = operation;
  const [type, what] = works[doc.kind](operation, scene.vm);
  const data = { ...commonOf(scene, operation), ...what };
  const routingKey = siteKeys.work(scene.vm.doc.platform, scene.vm.doc.site);
  return { id: `${doc.id}/${doc.attempt}`, type, routingKey, data, traceparent };
}

type Work = (operation: OperationRecord, vm: VmRecord) => [MutationType, object];

const works: Readonly<Record<OperationKind, Work>> = {
  'vm.create': (_operation, vm) => {
    if (vm.spec === null || vm.plan === null) throw defect(vm, 'plan');
    return ['io.dcm.command.provision.v1', { vm: { spec: vm.spec, plan: vm.plan } }];
  },
  'vm.power': ({ power }, vm) => {
    if (power === null) throw defect(vm, 'power action');
    return ['io.dcm.command.power.v1', { action: power }];
  },
  'vm.resize': ({ goal }, vm) => {
    if (goal?.resize === undefined) throw defect(vm, 'target');
    return ['io.dcm.command.reconfigure.v1', { target: goal.resize.target }];
  },
  'vm.snapshot.create': snapshotWork,
  'vm.snapshot.revert': snapshotWork,
  'vm.snapshot.remove': snapshotWork,
  'vm.delete': () => ['io.dcm.command.delete.v1', {}],
};

function snapshotWork({ goal }: OperationRecord, vm: VmRecord): [MutationType, object] {
  if (goal?.snapshot === undefined) throw defect(vm, 'snapshot');
  return ['io.dcm.command.snapshot.v1', { snapshot: goal.snapshot.work }];
}

function commonOf(scene: CommandScene, { doc, resume }: OperationRecord): DeleteCommand {
  const { vm } = scene;
  const leftMs = new Date(doc.deadlineAt).getTime() - scene.now.getTime();
  return {
    operationId: doc.id,
    attempt: doc.attempt,
    site: vm.doc.site,
    instanceId: vm.doc.id,
    instanceNumber: vm.instanceNumber ?? 0,
    ownership: markOf(scene),
    nativeIds: [...vm.nativeIds],
    budgetMs: Math.max(1_000, Math.min(messageBudgetMs, leftMs)),
    ...(resume === null ? {} : { resume }),
  };
}

const readCommand = (
  vm: VmRecord,
  type: ReadType,
  data: PlanCommand | StatusCommand,
  traceparent: string | null,
): Command => {
  const routingKey = siteKeys.reads(vm.doc.platform, vm.doc.site);
  return { id: data.requestId, type, routingKey, data, traceparent };
};
