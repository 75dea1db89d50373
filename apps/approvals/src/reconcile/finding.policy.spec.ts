import type { Vm } from '@dcm/contracts';
import { aChange, anOperation, aVm, inMs, now, told } from '../../test/scene.builder';
import type { Change } from '../operations/change';
import { newLook, type Looks } from '../operations/vm.entity';
import { decideFinding } from './finding.policy';
import type { Finding } from './finding.entity';

const conditionsOf = (reason: string): Vm['conditions'] => [
  { type: 'InSync', status: 'false', reason, at: now.toISOString() },
];
const active = (doc: Partial<Vm> = {}, looks: Looks = {}): Change =>
  aChange({ vm: aVm({ lifecycle: 'active', presence: 'present', ...doc }, { looks }), operations: [] });

const decide = (change: Change, kind: Finding['kind'], at = inMs(5)): Change => {
  decideFinding(change, { kind }, () => at);
  return change;
};
const never = (): Date => {
  throw new Error('no look was needed');
};

describe('a VM that a scan shows', () => {
  it.each(['missing', 'unreachable', 'unknown'] as const)('is present again when it was %s', (presence) => {
    const change = decide(active({ presence }), 'seen');
    expect([told(change), change.vm.doc.presence]).toEqual([['vm present'], 'present']);
  });

  it('is not told, nor read, when it was there all the time', () => {
    const change = active({ conditions: conditionsOf('CpusDiffer') });
    decideFinding(change, { kind: 'seen' }, never);
    expect([told(change), change.changedVm]).toEqual([[], null]);
  });

  it('needs no answer any more to whether it is there', () => {
    const change = decide(active({}, { presence: { ...newLook(now), requestId: 'r1' } }), 'seen');
    expect([told(change), change.vm.looks]).toEqual([[], {}]);
  });

  it.each(['Missing', 'MarkRemoved'])('is read in full when it was said to be %s', (reason) => {
    const change = decide(active({ presence: 'missing', conditions: conditionsOf(reason) }), 'seen');
    expect(change.vm.looks).toEqual({ refresh: newLook(inMs(5)) });
  });

  it('is read in full when it changed', () => {
    const change = decide(active(), 'changed');
    expect([told(change), change.vm.looks]).toEqual([[], { refresh: newLook(inMs(5)) }]);
  });

  it('has settled what an operation left in doubt before it was away', () => {
    const vm = aVm({ lifecycle: 'active', presence: 'missing' }, { doubt: {} });
    expect(decide(aChange({ vm, operations: [] }), 'seen').vm.looks).toEqual({ settle: newLook(inMs(5)) });
  });

  it('is watched while people think about its delete, and not once the delete goes on', () => {
    const vm = aVm({ lifecycle: 'active', presence: 'missing' });
    const put = anOperation({ kind: 'vm.delete', state: 'pending_approval' }, { holdsVm: false });
    expect(told(decide(aChange({ vm, operations: [put] }), 'seen'))).toEqual(['vm present']);
    expect(told(decide(aChange({ vm, operations: [{ ...put, holdsVm: true }] }), 'seen'))).toEqual([]);
  });

  it('keeps the sooner of two reads', () => {
    const sooner = { ...newLook(inMs(1)), tries: 2 };
    expect(decide(active({}, { refresh: sooner }), 'changed').vm.looks).toEqual({ refresh: sooner });
    const later = { ...newLook(inMs(9_000)), tries: 2 };
    expect(decide(active({}, { refresh: later }), 'changed').vm.looks.refresh).toEqual({ ...later, dueAt: inMs(5) });
  });
});

describe('a VM that scans do not show as ours', () => {
  it.each(['unseen', 'unmarked'] as const)('is looked for and not yet told when it is %s', (kind) => {
    const change = decide(active(), kind);
    expect([told(change), change.vm.looks]).toEqual([[], { presence: { ...newLook(inMs(5)), scan: kind } }]);
  });

  it('is unreachable when its site is away, unless it was missing already', () => {
    expect(told(decide(active(), 'unreachable'))).toEqual(['vm unreachable']);
    expect(told(decide(active({ presence: 'missing' }), 'unreachable'))).toEqual([]);
    expect(told(decide(active({ presence: 'unreachable' }), 'unreachable'))).toEqual([]);
  });
});

describe('what a scan found', () => {
  const kinds = ['seen', 'changed', 'unmarked', 'unseen', 'unreachable'] as const;

  it.each(kinds)('is left to the operation that is at work on the VM: %s', (kind) => {
    const vm = aVm({ lifecycle: 'active', presence: 'missing' });
    const change = aChange({ vm, operations: [anOperation({ kind: 'vm.power' })] });
    decideFinding(change, { kind }, never);
    expect([told(change), change.changedVm]).toEqual([[], null]);
  });

  it.each(kinds)('does not concern a VM that is no longer active: %s', (kind) => {
    const change = aChange({ vm: aVm({ lifecycle: 'deleted', presence: 'missing' }), operations: [] });
    decideFinding(change, { kind }, never);
    expect([told(change), change.changedVm]).toEqual([[], null]);
  });
});
