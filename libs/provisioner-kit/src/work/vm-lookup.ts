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

/**
 * Does `work` under the one native id by which the VM was seen.
 * @param astray reasons that tell that this is not its id any more
 * @returns undefined: it was seen under none or several, or that is not its id any more.
 */
async function underItsId<T>(
  { ownership, nativeIds }: Named,
  astray: readonly HypervisorReason[],
  work: (ref: VmRef) => Promise<T>,
): Promise<{ readonly value: T } | undefined> {
  const [nativeId, ...others] = nativeIds;
  if (nativeId === undefined || others.length > 0) return undefined;
  try {
    return { value: await work({ nativeId, ownership }) };
  } catch (error) {
    if (error instanceof HypervisorError && astray.includes(error.reason)) return undefined;
    throw error;
  }
}

/**
 * Reads the VM under the one native id by which it was seen, which costs less than looking for its mark; where that is not its id any more,
 * everything that bears the mark.
 */
export async function lookAt(adapter: HypervisorPort, named: Named, ctx: CallContext): Promise<VmStatus[]> {
  const seen = await underItsId(named, ['VM_NOT_FOUND', 'NOT_OURS'], (ref) => adapter.getVmStatus(ref, ctx));
  return seen === undefined ? lookUp(adapter, named, ctx) : [seen.value];
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
  const done = await underItsId(named, ['VM_NOT_FOUND'], work);
  if (done !== undefined) return done.value;
  return work({ nativeId: await onlyOne(adapter, named, ctx), ownership: named.ownership });
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
