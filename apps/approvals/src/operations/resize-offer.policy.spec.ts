import type { Policy, Price, Quota, Rate } from '@dcm/contracts';
import {
  aChange,
  anApproval,
  anOperation,
  aVm,
  idOf,
  inMs,
  projectId,
  tenantId,
  timing,
  told,
} from '../../test/scene.builder';
import { Admission } from '../policies/admission.policy';
import type { Change } from './change';
import type { ResizeGoal } from './goal.entity';
import type { OperationRecord } from './operation.entity';
import { askedAmounts, atPrice } from './plan.mapper';
import { isOfferOld, judgeAgain, summaryOfResize } from './resize-offer.policy';

const resizeId = idOf('resize');
const vm = aVm({ lifecycle: 'active', presence: 'present' });
const rateAt = (vcpuHourMicros: number): Rate => ({
  id: '0198aaaa-0000-7000-8000-00000000000a',
  scope: {},
  currency: 'EUR',
  vcpuHourMicros,
  vcpuHourOffMicros: 0,
  memoryGibHourMicros: 0,
  memoryGibHourOffMicros: 0,
  diskGibHourMicros: 0,
  validFrom: inMs(-1_000_000).toISOString(),
  createdAt: inMs(-1_000_000).toISOString(),
  seq: 1,
});
const month = 730;
const priceAt = (vcpuHourMicros: number): Price => ({
  currency: 'EUR',
  perHourMicros: 8 * vcpuHourMicros,
  perMonthMicros: 8 * vcpuHourMicros * month,
});

const goal: ResizeGoal = {
  target: { cpus: 8 },
  size: { cpus: 8, memoryMib: vm.doc.memoryMib, disks: vm.doc.disks },
  sizeName: null,
  before: askedAmounts(vm.doc),
  amounts: atPrice({ ...askedAmounts(vm.doc), vcpus: 8 }, priceAt(100)),
  price: priceAt(100),
};
const terms = { price: priceAt(100), quota: [], approval: null };
const signed = summaryOfResize(aChange({ vm, operations: [] }), goal, terms);
const ageMs = timing.planFreshMs + 1;

const asking: Policy = { autoApprove: { maxVcpus: 4 }, approvalTtlHours: 72, onExpiry: 'reject' };
const trusting: Policy = { approvalTtlHours: 72, onExpiry: 'reject' };

/** A resize that was signed at 100 micros an hour, long ago, and is due; it costs `micros` now. */
function dueAt(micros: number, fields: Partial<OperationRecord> = {}, policy = asking): Change {
  const approval = anApproval({ operationId: resizeId, state: 'approved', plan: signed });
  const record = anOperation({
    id: resizeId,
    kind: 'vm.resize',
    plan: signed,
    approvalId: approval.id,
    createdAt: inMs(-ageMs).toISOString(),
  });
  const operations = [{ ...record, goal: { resize: goal }, ...fields }];
  const change = aChange({ vm, operations, approvals: [approval], policy, amounts: goal.amounts });
  change.tariff = { rates: [rateAt(micros)], quotas: [], book: null };
  return change;
}
const quotaOf = (monthlyCostMicros: number): Quota => ({
  scope: 'project',
  id: projectId,
  tenantId,
  limits: { monthlyCostMicros },
  held: { ...goal.amounts },
  used: { ...goal.amounts, vcpus: 0, memoryMib: 0, diskGib: 0, vms: 0, monthlyCostMicros: 0 },
  seq: 1,
});
const nothingLocked = new Admission([]);

describe('the offer of a resize', () => {
  it('is old after a while, unless an attempt may have begun it', () => {
    expect(isOfferOld(dueAt(100), resizeId)).toBe(true);
    expect(isOfferOld(dueAt(100, { isTouched: true }), resizeId)).toBe(false);
    const young = dueAt(100);
    young.move(resizeId, 'queued', { doc: { createdAt: inMs(1 - timing.planFreshMs).toISOString() } });
    expect(isOfferOld(young, resizeId)).toBe(false);
  });

  it('is never old of what has no price of its own', () => {
    expect(isOfferOld(dueAt(100, { goal: null }), resizeId)).toBe(false);
  });

  it('holds where it costs what it did', () => {
    const change = dueAt(100);
    expect(judgeAgain(change, resizeId, nothingLocked)).toBe(true);
    expect(change.entries).toEqual([]);
    expect(change.ledger).toBeNull();
  });

  it('is put before people again where it costs more than they signed', () => {
    const change = dueAt(250);
    expect(judgeAgain(change, resizeId, nothingLocked)).toBe(false);
    const { doc, goal: now } = change.operation(resizeId);
    expect(doc).toMatchObject({ state: 'pending_approval', plan: { price: priceAt(250) } });
    expect(now?.resize).toMatchObject({
      price: priceAt(250),
      amounts: { monthlyCostMicros: priceAt(250).perMonthMicros },
    });
    const [old, fresh] = change.changedApprovals;
    expect(old).toMatchObject({ state: 'superseded', error: { code: 'PLAN_CHANGED' } });
    expect(fresh).toMatchObject({ state: 'pending', supersedes: { planHash: signed.hash } });
    expect(fresh?.supersedes?.changes).toContain('price: 0.58 EUR a month → 1.46 EUR a month');
    expect(change.ledger).toMatchObject({
      kind: 'correct',
      amounts: { monthlyCostMicros: priceAt(250).perMonthMicros },
    });
  });

  it('goes on at the new price where nobody has to be asked', () => {
    const change = dueAt(250, {}, trusting);
    expect(judgeAgain(change, resizeId, nothingLocked)).toBe(true);
    expect(change.operation(resizeId).doc).toMatchObject({
      state: 'queued',
      approvalId: null,
      plan: { price: priceAt(250) },
    });
    expect(told(change)).toContain('operation plan-changed');
  });

  it('ends, and gives back what it held, where its cost exceeds the quota now', () => {
    const change = dueAt(250);
    const limit = priceAt(100).perMonthMicros;
    expect(judgeAgain(change, resizeId, new Admission([quotaOf(limit)]))).toBe(false);
    expect(change.operation(resizeId).doc).toMatchObject({ state: 'rejected', error: { code: 'QUOTA_EXCEEDED' } });
    expect(change.ledger).toMatchObject({ amounts: goal.before });
  });
});
