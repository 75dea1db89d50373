import { quotaDimensions, type ResourceAmount } from '@dcm/contracts';
import type { Change, LedgerMove } from './change';
import { askedAmounts, atPrice } from './plan.mapper';
import { countedSnapshots } from './snapshot.mapper';
import type { VmRecord } from './vm.entity';

/** What was found in the ledger of a VM at rest, and what is put in its place; null: no row. */
export interface LedgerRepair {
  readonly before: ResourceAmount | null;
  readonly after: ResourceAmount | null;
}

/** Whether it is proven that nothing is there. A VM that was seen once and is missing or unreachable may come back. */
const isNowhere = ({ doc }: VmRecord): boolean =>
  doc.lifecycle === 'deleted' || (doc.lifecycle === 'failed' && doc.presence === 'unknown');

/** What a VM at rest takes: what DCM grants it, at the price of its plan. A disk's size that an image brought stays as it is. */
function dueOf(vm: VmRecord, amounts: ResourceAmount | null): ResourceAmount {
  const asked = askedAmounts(vm.doc);
  const diskGib = amounts?.diskGib ?? Math.max(asked.diskGib, vm.plan?.diskGib ?? 0);
  const { monthlyCostMicros } = amounts ?? asked;
  return atPrice({ ...asked, diskGib, monthlyCostMicros, snapshots: countedSnapshots(vm) }, vm.planPrice);
}

const isSame = (a: ResourceAmount, b: ResourceAmount): boolean =>
  quotaDimensions.every((dimension) => a[dimension] === b[dimension]);

/** While anything is open or in doubt the ledger holds more than is seen, and rightly so. */
const isAtRest = ({ open, vm }: Change): boolean => open.length === 0 && vm.isSettled && vm.doubt === null;

/**
 * Puts the ledger's row of a VM at rest right, whatever made it wrong: an older DCM, a restored backup, a hand in the database. Nothing else
 * would, since the row moves with operations only.
 * @param isUsed whether the row says that the VM was seen.
 * @returns what was changed; null: nothing, because it is as it should be, or nobody can say yet.
 */
export function repairLedger(change: Change, isUsed: boolean): LedgerRepair | null {
  const { vm } = change;
  const { amounts: before } = change.scene;
  if (!isAtRest(change)) return null;
  const after = isNowhere(vm) ? null : dueOf(vm, before);
  const move = moveTo(vm, { before, after, isUsed });
  if (move === null) return null;
  change.ledger = move;
  change.tellVm('ledger-repaired', {});
  return { before, after };
}

function moveTo({ doc }: VmRecord, { before, after, isUsed }: LedgerRepair & { isUsed: boolean }): LedgerMove | null {
  if (after === null) return before === null ? null : { kind: 'release' };
  if (doc.lifecycle !== 'active') return null;
  if (before === null) return { kind: 'rehold', amounts: after };
  return isUsed && isSame(before, after) ? null : { kind: 'use', amounts: after };
}
