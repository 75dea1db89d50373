import {
  DcmError,
  HypervisorError,
  mutationCommands,
  parseOrThrow,
  type DeleteCommand,
  type Fact,
  type HypervisorPort,
  type MutationType,
  type OperationContext,
  type SnapshotFacet,
  type SnapshotWork,
  type VmRef,
  type VmStatus,
} from '@dcm/contracts';
import type { Site } from '../site';
import { withOpenedSecret } from '../guest-secret';
import { onVm } from './vm-lookup';

/** What a piece of work ends with. */
export type WorkResult = Pick<Fact<'io.dcm.fact.succeeded.v1'>, 'status' | 'outcome'>;

/** A command that was read, and what it asks of an adapter. */
export interface Work {
  readonly kind: string;
  readonly command: DeleteCommand;
  carryOut(site: Site, ctx: OperationContext): Promise<WorkResult>;
}

type Reader = (data: unknown) => Work;

const readers: Readonly<Record<MutationType, Reader>> = {
  'io.dcm.command.provision.v1': (data) => {
    const command = parseOrThrow(mutationCommands['io.dcm.command.provision.v1'], data, 'a provision command');
    return {
      kind: 'provision',
      command,
      carryOut: async ({ adapter, sealingKey }, ctx) => {
        const vm = withOpenedSecret(command.vm, sealingKey, command.instanceId);
        const { how, status } = await adapter.provisionVm(vm, ctx);
        return { status, outcome: how };
      },
    };
  },
  'io.dcm.command.power.v1': (data) => {
    const command = parseOrThrow(mutationCommands['io.dcm.command.power.v1'], data, 'a power command');
    return {
      kind: 'power',
      command,
      carryOut: async ({ adapter }, ctx) => {
        const status = await onVm(adapter, command, ctx, (ref) => adapter.powerCycle(ref, command.action, ctx));
        return { status, outcome: 'changed' };
      },
    };
  },
  'io.dcm.command.reconfigure.v1': (data) => {
    const command = parseOrThrow(mutationCommands['io.dcm.command.reconfigure.v1'], data, 'a reconfigure command');
    return {
      kind: 'reconfigure',
      command,
      carryOut: async ({ adapter }, ctx) => {
        const status = await onVm(adapter, command, ctx, (ref) => adapter.reconfigureVm(ref, command.target, ctx));
        return { status, outcome: 'changed' };
      },
    };
  },
  'io.dcm.command.snapshot.v1': (data) => {
    const command = parseOrThrow(mutationCommands['io.dcm.command.snapshot.v1'], data, 'a snapshot command');
    return {
      kind: 'snapshot',
      command,
      carryOut: async ({ adapter }, ctx) => {
        const facet = snapshotsOf(adapter);
        const status = await onVm(adapter, command, ctx, (ref) => onSnapshot(facet, ref, command.snapshot, ctx));
        return { status, outcome: 'changed' };
      },
    };
  },
  'io.dcm.command.delete.v1': (data) => {
    const command = parseOrThrow(mutationCommands['io.dcm.command.delete.v1'], data, 'a delete command');
    return { kind: 'delete', command, carryOut: (site, ctx) => remove(site, command, ctx) };
  },
};

function snapshotsOf({ snapshots }: HypervisorPort): SnapshotFacet {
  if (snapshots !== undefined) return snapshots;
  throw new HypervisorError('UNSUPPORTED', 'Unable to work on snapshots: this platform has none', { effect: 'NONE' });
}

function onSnapshot(facet: SnapshotFacet, ref: VmRef, work: SnapshotWork, ctx: OperationContext): Promise<VmStatus> {
  switch (work.action) {
    case 'create':
      return facet.createSnapshot(ref, work, ctx);
    case 'revert':
      return facet.revertSnapshot(ref, work.name, ctx);
    case 'remove':
      return facet.removeSnapshot(ref, work.name, ctx);
  }
}

async function remove({ adapter }: Site, command: DeleteCommand, ctx: OperationContext): Promise<WorkResult> {
  const { ownership, nativeIds, instanceId } = command;
  const outcome = await adapter.deleteVm({ ownership, nativeIds }, ctx);
  if (outcome === 'NOT_OURS') {
    const message = `Unable to delete VM ${instanceId}: what stands under its native id bears another mark`;
    throw new HypervisorError('NOT_OURS', message, { effect: 'NONE' });
  }
  return { status: null, outcome: outcome === 'DELETED' ? 'deleted' : 'absent' };
}

const isMutation = (type: string | undefined): type is MutationType =>
  type !== undefined && Object.hasOwn(readers, type);

/** @throws DcmError INVALID_REQUEST for a type that is no command of this queue, or data that breaks its schema. */
export function readWork(type: string | undefined, data: unknown): Work {
  if (!isMutation(type)) {
    throw new DcmError('INVALID_REQUEST', `Unable to handle ${type ?? 'a message without type'}: it is no command`);
  }
  return readers[type](data);
}
