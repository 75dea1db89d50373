import { noAmount } from '@dcm/contracts';
import {
  aChange,
  aFailure,
  anError,
  anOperation,
  aRunning,
  aStatus,
  aSuccess,
  aVm,
  idOf,
  inMs,
  now,
  timing,
  vmId,
} from '../../test/scene.builder';
import type { Change } from './change';
import type { ResizeGoal } from './goal.entity';
import { observed, sendDueLooks } from './look.policy';
import type { OperationRecord } from './operation.entity';
import { attemptFailed, attemptSucceeded } from './outcome.policy';
import { cancel } from './stop.policy';
import type { VmRecord } from './vm.entity';

const before = { ...noAmount, vcpus: 2, memoryMib: 2048, diskGib: 10, vms: 1 };
const amounts = { ...noAmount, vcpus: 4, memoryMib: 2048, diskGib: 20, vms: 1 };
const size = { cpus: 4, memoryMib: 2048, disks: [{ sizeGib: 20 }] };
const resize: ResizeGoal = { target: size, size, sizeName: null, before, amounts, labels: { a: 'b' } };
const id = idOf('resize');
const running = (): OperationRecord => aRunning({ id, kind: 'vm.resize' }, { goal: { resize } });
const beingResized = aVm({ lifecycle: 'reconfiguring', presence: 'present' });
const at = (time: Date, vm: VmRecord, operations: OperationRecord[] = []): Change =>
  aChange({ now: time, vm, operations, amounts });

const fails = (effect: 'NONE' | 'PARTIAL' | 'UNKNOWN', reason: 'STORAGE_FULL' | 'OUTCOME_UNKNOWN'): Change => {
  const change = at(now, beingResized, [running()]);
  attemptFailed(change, id, { ...aFailure(anError(reason, effect)), operationId: id });
  return change;
};

describe('a resize that ends', () => {
  it('as asked for is what was granted, whatever is seen beyond that', () => {
    const change = at(now, beingResized, [running()]);
    attemptSucceeded(change, id, { ...aSuccess({ status: aStatus({ ...size, cpus: 6 }) }), operationId: id });
    expect(change.operation(id).doc.state).toBe('succeeded');
    expect(change.vm.doc).toMatchObject({ ...size, size: null, labels: { a: 'b' }, lifecycle: 'active' });
    expect(change.vm.doc.conditions).toContainEqual(expect.objectContaining({ type: 'InSync', status: 'false' }));
    expect(change.ledger).toEqual({ kind: 'use', amounts });
  });

  it('without effect gives back what was held for it', () => {
    const change = fails('NONE', 'STORAGE_FULL');
    expect(change.ledger).toEqual({ kind: 'use', amounts: before });
    expect(change.vm).toMatchObject({ doubt: null, looks: {}, doc: { lifecycle: 'active', cpus: 2, labels: {} } });
  });

  it.each([
    ['PARTIAL', 'STORAGE_FULL'],
    ['UNKNOWN', 'OUTCOME_UNKNOWN'],
  ] as const)('with effect %s keeps the larger until somebody has looked', (effect, reason) => {
    const change = fails(effect, reason);
    expect(change.ledger).toEqual({ kind: 'correct', amounts });
    expect(change.vm).toMatchObject({ doc: { lifecycle: 'active', cpus: 2 }, looks: { settle: { dueAt: now } } });
    expect(change.vm.doc.conditions).toContainEqual(
      expect.objectContaining({ type: 'InSync', status: 'unknown', reason: 'OutcomeUnknown' }),
    );
  });

  it('by a cancel before anybody took it gives back too', () => {
    const change = at(now, aVm({ lifecycle: 'active' }), [
      anOperation({ id, kind: 'vm.resize' }, { goal: { resize } }),
    ]);
    cancel(change, id, 'dave');
    expect(change.ledger).toEqual({ kind: 'use', amounts: before });
  });

  it('by a cancel after an attempt that may have done something is looked at', () => {
    const touched = anOperation({ id, kind: 'vm.resize' }, { goal: { resize }, isTouched: true, quietAt: inMs(5_000) });
    const change = at(now, beingResized, [touched]);
    cancel(change, id, 'dave');
    expect(change.ledger).toEqual({ kind: 'correct', amounts });
    expect(change.vm).toMatchObject({ quietAt: inMs(5_000), looks: { settle: { dueAt: inMs(5_000) } } });
  });
});

describe('a look at a VM of which nobody knows the size', () => {
  const look = (vm: VmRecord, time: Date, fields: Parameters<typeof aStatus>[0]): Change => {
    const change = at(time, vm);
    sendDueLooks(change);
    const { requestId } = change.commands[0]!.data as { requestId: string };
    observed(change, { instanceId: vmId, requestId, statuses: [aStatus(fields)], error: null });
    return change;
  };
  const inDoubt = (): VmRecord => fails('UNKNOWN', 'OUTCOME_UNKNOWN').vm;
  const lateMs = timing.lateEffectWindowMs;

  it('that shows what was asked for settles it at once', () => {
    const change = look(inDoubt(), now, size);
    expect(change.vm).toMatchObject({ doubt: null, doc: { ...size, labels: {} } });
    expect(change.ledger).toEqual({ kind: 'use', amounts });
  });

  it.each([
    ['nothing of it', {}, before],
    ['half of it', { cpus: 4 }, { ...before, vcpus: 4 }],
  ])('that shows %s settles it once nothing can come any more', (_what, seen, left) => {
    const first = look(inDoubt(), now, seen);
    expect(first.ledger).toBeNull();
    expect(first.vm.doubt).not.toBeNull();
    const last = look(first.vm, inMs(lateMs), seen);
    expect(last.vm).toMatchObject({ doubt: null, looks: {}, doc: { cpus: left.vcpus } });
    expect(last.ledger).toEqual({ kind: 'use', amounts: left });
  });

  it('that shows no figures is repeated for as long as it takes', () => {
    const first = look(inDoubt(), now, { cpus: null });
    const later = look(first.vm, inMs(lateMs), { cpus: null });
    expect(later.ledger).toBeNull();
    expect(later.vm.looks.settle?.dueAt.getTime()).toBeGreaterThan(inMs(lateMs).getTime());
  });

  it('is still due after the VM was switched', () => {
    const power = aRunning({ id: idOf('power'), kind: 'vm.power' });
    const change = at(now, inDoubt(), [power]);
    attemptSucceeded(change, power.doc.id, { ...aSuccess({ outcome: 'changed' }), operationId: power.doc.id });
    expect(change.vm.looks.settle).toEqual(inDoubt().looks.settle);
  });
});

describe('a success that comes after its resize has ended', () => {
  const ended = anOperation({ id, kind: 'vm.resize', state: 'failed' }, { goal: { resize }, holdsVm: false });
  const late = (vm: VmRecord): Change => {
    const change = at(now, vm, [ended]);
    attemptSucceeded(change, id, { ...aSuccess({ status: aStatus(size) }), operationId: id });
    return change;
  };

  it('is evidence: the larger is paid for and the VM is looked at', () => {
    const change = late(aVm({ lifecycle: 'active' }));
    expect(change.ledger).toEqual({ kind: 'correct', amounts });
    expect(change.vm.looks.settle).toMatchObject({ dueAt: now });
  });

  it.each([
    ['knows already', aVm({ lifecycle: 'active', ...size })],
    ['has deleted', aVm({ lifecycle: 'deleted' })],
  ])('changes nothing of what DCM %s', (_what, vm) => {
    const change = late(vm);
    expect([change.ledger, change.changedVm]).toEqual([null, null]);
  });
});
