import { quotaDimensions, type ResourceAmount } from '@dcm/contracts';
import type { LedgerMove } from '../src/operations/change';
import type { VmSize } from '../src/operations/goal.entity';
import { askedAmounts } from '../src/operations/plan.mapper';
import { larger } from '../src/operations/size.policy';

const amountsOf = ({ cpus, memoryMib, disks }: VmSize): ResourceAmount =>
  askedAmounts({ cpus, memoryMib, disks: [...disks] });

/** One VM's row of the ledger, moved as the repository's statements move it. */
export class LifeLedger {
  state: 'held' | 'used' | null = 'held';

  constructor(public amounts: ResourceAmount | null) {}

  move(move: LedgerMove | null): void {
    if (move === null) return;
    if (move.kind === 'release') Object.assign(this, { state: null, amounts: null });
    else if (move.kind === 'rehold') {
      Object.assign(this, { state: 'used', amounts: this.amounts ? larger(this.amounts, move.amounts) : move.amounts });
    } else if (this.amounts !== null) this.moveRow(move, this.amounts);
  }

  private moveRow(move: Exclude<LedgerMove, { kind: 'release' | 'rehold' }>, held: ResourceAmount): void {
    if (move.kind === 'use') Object.assign(this, { state: 'used', amounts: move.amounts ?? held });
    else if (move.kind === 'correct') this.amounts = larger(held, move.amounts);
    else if (this.state === 'held') this.amounts = move.amounts;
  }

  count(snapshots: number | null): void {
    if (this.amounts !== null && snapshots !== null) this.amounts = { ...this.amounts, snapshots };
  }

  /** Whatever was promised and whatever stands there is paid for, by everything that is held until somebody has looked. */
  expectToCover(promised: VmSize, real: VmSize): void {
    const due = larger(amountsOf(promised), amountsOf(real));
    for (const dimension of quotaDimensions) {
      expect(this.amounts?.[dimension]).toBeGreaterThanOrEqual(due[dimension]);
    }
  }
}
