import type { ResourceAmount, Vm, VmStatus } from '@dcm/contracts';
import type { Change } from './change';
import type { Doubt, SizeDoubt, SizeGoal, VmSize } from './goal.entity';
import type { OperationRecord } from './operation.entity';
import { atPrice } from './plan.mapper';
import { amountsAt, grantedSize, isSameSize, larger, nameOfSettled, settledPrice, withDoubt } from './size.policy';
import { listsSnapshots, withoutOpen } from './snapshot.mapper';
import { latest } from './timing';
import { unsure } from './vm-status.mapper';
import { newLook, type VmRecord } from './vm.entity';

/** The change of size that an operation leads to, if it leads to one. */
export const sizeGoalOf = ({ goal }: OperationRecord): SizeGoal | undefined =>
  goal?.resize ?? goal?.snapshot?.revertsTo;

/** What the ledger keeps of a VM whose operation had no effect; what is in doubt for other reasons stays paid for. */
export function giveBack(change: Change, goal: SizeGoal): void {
  const doubt = change.vm.doubt?.size;
  const amounts =
    doubt === undefined
      ? goal.before
      : larger(goal.before, atPrice(amountsAt(doubt.most, change.vm.doc, doubt.before), doubt.dearest));
  change.ledger = { kind: 'use', amounts };
}

/** Nobody knows what an operation did: DCM looks, and until then the larger of old and new is paid for. */
export function doubtSize(change: Change, goal: SizeGoal, quietAt: Date | null): void {
  const { vm } = change;
  const size = withDoubt(vm.doubt?.size, vm, goal);
  change.ledger = { kind: 'correct', amounts: goal.amounts };
  doubt(change, { ...vm.doubt, size }, quietAt);
}

/** Nobody knows whether a snapshot was made or removed: DCM looks. */
export function doubtSnapshots(change: Change, quietAt: Date | null): void {
  doubt(change, { ...change.vm.doubt, snapshots: true }, quietAt);
}

function doubt(change: Change, what: Doubt, quietAt: Date | null): void {
  const { vm, now } = change;
  const settle = newLook(latest(now, quietAt));
  const conditions = unsure(vm.doc, now.toISOString());
  change.tellVm('in-doubt', { conditions }, { doubt: what, looks: { ...vm.looks, settle } });
}

/** What a read settled: what the VM is, what stays open, and what it takes. */
export interface Settled {
  readonly doc: Partial<Vm>;
  readonly doubt: Doubt | null;
  readonly amounts: ResourceAmount | null;
  readonly patch: Partial<Pick<VmRecord, 'snapshotMemory' | 'planPrice'>>;
}

/**
 * Settles a doubt with a status read.
 * @param isLast whether nothing of the operation can take effect any more; a goal that is reached needs no waiting.
 */
export function settleDoubt(vm: VmRecord, status: VmStatus, isLast: boolean): Settled {
  const { doc, doubt: open } = vm;
  const isListed = isLast && listsSnapshots(vm, status);
  const { snapshots, ...others } = open ?? {};
  const rest = snapshots === true && !isListed ? ({ snapshots } as const) : null;
  const patch = isListed ? { snapshotMemory: withoutOpen(vm) } : {};
  const size = open?.size;
  if (size === undefined) return { doc: {}, doubt: rest, amounts: null, patch };
  const granted = settledSize(size, status, isLast);
  if (granted === undefined) return { doc: {}, doubt: { ...others, ...rest }, amounts: null, patch };
  const sized = { ...granted, disks: [...granted.disks], size: nameOfSettled(doc, granted, size.goal) };
  const planPrice = settledPrice(vm, size, granted);
  const amounts = atPrice(amountsAt(granted, doc, size.before), planPrice);
  return { doc: sized, doubt: rest, amounts, patch: { ...patch, planPrice } };
}

function settledSize(size: SizeDoubt, status: VmStatus, isLast: boolean): VmSize | undefined {
  const granted = grantedSize(size, status);
  if (granted === undefined || isLast) return granted;
  return size.goal !== null && isSameSize(granted, size.goal.size) ? granted : undefined;
}
