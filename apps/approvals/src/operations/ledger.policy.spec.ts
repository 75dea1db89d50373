import { noAmount, type ResourceAmount } from '@dcm/contracts';
import { aScene, anOperation, aVm } from '../../test/scene.builder';
import { Change } from './change';
import { repairLedger } from './ledger.policy';
import type { VmRecord } from './vm.entity';

const price = { currency: 'EUR', perHourMicros: 10, perMonthMicros: 7_300 };
const due: ResourceAmount = {
  ...noAmount,
  vcpus: 2,
  memoryMib: 2048,
  diskGib: 10,
  vms: 1,
  monthlyCostMicros: price.perMonthMicros,
};
const doubled: ResourceAmount = { ...due, vcpus: 4 };
const there = { lifecycle: 'active', presence: 'present' } as const;
const aVmThere = (fields: Partial<VmRecord> = {}): VmRecord => aVm(there, { planPrice: price, ...fields });

const changeOf = (vm: VmRecord, amounts: ResourceAmount | null, operations = [anOperation({ state: 'succeeded' })]) =>
  new Change(aScene({ vm, amounts, operations }));

describe('the repair of the ledger', () => {
  it('leaves alone what is right', () => {
    const change = changeOf(aVmThere(), due);
    expect(repairLedger(change, true)).toBeNull();
    expect([change.ledger, change.entries]).toEqual([null, []]);
  });

  it('sets what a VM shows at the price of its plan, and says so in the journal', () => {
    const change = changeOf(aVmThere(), { ...doubled, monthlyCostMicros: 1 });
    expect(repairLedger(change, true)).toEqual({ before: { ...doubled, monthlyCostMicros: 1 }, after: due });
    expect(change.ledger).toEqual({ kind: 'use', amounts: due });
    expect(change.entries.map(({ noun, action }) => [noun, action])).toEqual([['vm', 'ledger-repaired']]);
  });

  it('keeps the disk that an image brought, and a cost that no plan was priced at', () => {
    const change = changeOf(aVmThere({ planPrice: null }), { ...doubled, diskGib: 40, monthlyCostMicros: 5 });
    expect(repairLedger(change, true)?.after).toEqual({ ...due, diskGib: 40, monthlyCostMicros: 5 });
  });

  it('takes a VM that is there for seen, and for what was planned where the ledger has nothing', () => {
    const promised = changeOf(aVmThere(), due);
    repairLedger(promised, false);
    expect(promised.ledger).toEqual({ kind: 'use', amounts: due });
    const missing = changeOf(aVmThere(), null);
    repairLedger(missing, false);
    expect(missing.ledger).toEqual({ kind: 'rehold', amounts: due });
  });

  it('gives back what a VM has that is gone or was never made, and nothing of one that may be there', () => {
    const gone = [
      { lifecycle: 'deleted', presence: 'missing' },
      { lifecycle: 'failed', presence: 'unknown' },
    ] as const;
    for (const doc of gone) {
      const change = changeOf(aVm(doc), due);
      expect(repairLedger(change, true)).toEqual({ before: due, after: null });
      expect(change.ledger).toEqual({ kind: 'release' });
    }
    for (const presence of ['present', 'missing', 'unreachable'] as const) {
      expect(repairLedger(changeOf(aVm({ lifecycle: 'failed', presence }), due), true)).toBeNull();
    }
  });

  it('says nothing while an operation is open, or anything is in doubt', () => {
    expect(repairLedger(changeOf(aVmThere(), doubled, [anOperation({ state: 'running' })]), true)).toBeNull();
    expect(repairLedger(changeOf(aVmThere({ doubt: { snapshots: true } }), doubled), true)).toBeNull();
    expect(repairLedger(changeOf(aVmThere({ isSettled: false }), doubled), true)).toBeNull();
  });
});
