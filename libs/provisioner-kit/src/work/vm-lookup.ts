import {
  HypervisorError,
  type CallContext,
  type DeleteCommand,
  type HypervisorPort,
  type HypervisorReason,
  type VmRef,
  type VmStatus,
} from '@dcm/contracts';

/** What names a VM in a command. */
export type Named = Pick<DeleteCommand, 'ownership' | 'nativeIds' | 'instanceNumber'>;

/** Everything that bears the mark, native ids and number as hints. */
const lookUp = (adapter: HypervisorPort, named: Named, ctx: CallContext): Promise<VmStatus[]> =>
  adapter.findVm(named.ownership, { nativeIds: named.nativeIds, earlierNumbers: [named.instanceNumber] }, ctx);

const isFor = (error: unknown, ...reasons: HypervisorReason[]): boolean =>
  error instanceof HypervisorError && reasons.includes(error.reason);

/**
 * Reads the VM under the one native id by which it was seen, which costs less than looking for its mark; where that is not its id any more,
 * everything that bears the mark.
 */
export async function lookAt(adapter: HypervisorPort, named: Named, ctx: CallContext): Promise<VmStatus[]> {
  const [nativeId, ...others] = named.nativeIds;
  if (nativeId !== undefined && others.length === 0) {
    try {
      return [await adapter.getVmStatus({ nativeId, ownership: named.ownership }, ctx)];
    } catch (error) {
      if (!isFor(error, 'VM_NOT_FOUND', 'NOT_OURS')) throw error;
    }
  }
  return lookUp(adapter, named, ctx);
}

/**
 * Works on the VM under the one native id by which it was seen; where there is none, or several, or it is not its id any more (a VM that was
 * registered anew), on the one that bears the mark.
 * @throws HypervisorError VM_NOT_FOUND when none does, DUPLICATE_MARK when several do.
 */
export async function onVm<T>(
  adapter: HypervisorPort,
  named: Named,
  ctx: CallContext,
  work: (ref: VmRef) => Promise<T>,
): Promise<T> {
  const { ownership } = named;
  const [nativeId, ...others] = named.nativeIds;
  if (nativeId !== undefined && others.length === 0) {
    try {
      return await work({ nativeId, ownership });
    } catch (error) {
      if (!isFor(error, 'VM_NOT_FOUND')) throw error;
    }
  }
  return work({ nativeId: await onlyOne(adapter, named, ctx), ownership });
}

async function onlyOne(adapter: HypervisorPort, named: Named, ctx: CallContext): Promise<string> {
  const [first, ...others] = await lookUp(adapter, named, ctx);
  const { instance } = named.ownership;
  if (first === undefined) {
    throw new HypervisorError('VM_NOT_FOUND', `Unable to find VM ${instance}: nothing bears its mark`, {
      effect: 'NONE',
    });
  }
  if (others.length > 0) {
    const ids = [first, ...others].map((status) => status.nativeId).join(', ');
    throw new HypervisorError('DUPLICATE_MARK', `Unable to tell which is VM ${instance}: ${ids} bear its mark`, {
      effect: 'NONE',
    });
  }
  return first.nativeId;
}
