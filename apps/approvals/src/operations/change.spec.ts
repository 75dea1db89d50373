import { operationStates, operationTransitions, lifecycles, lifecycleTransitions, isFinal } from '@dcm/contracts';
import { aChange, anApproval, anOperation, aVm, createId, idOf, now, told } from '../../test/scene.builder';

describe('a change', () => {
  it('numbers every step and tells the whole state of then', () => {
    const change = aChange();
    change.move(createId, 'retrying', { doc: { step: 'a' } });
    change.move(createId, 'retrying', { doc: { step: 'b' } }, 'dave');
    expect(change.entries).toMatchObject([
      {
        noun: 'operation',
        id: createId,
        seq: 2,
        actor: 'system',
        doc: { step: 'a', seq: 2, updatedAt: now.toISOString() },
      },
      { noun: 'operation', id: createId, seq: 3, actor: 'dave', doc: { step: 'b', seq: 3 } },
    ]);
  });

  it('carries the trace of the request', () => {
    const change = aChange({ operations: [anOperation({}, { traceparent: '00-a-b-01' })] });
    change.move(createId, 'x', {});
    expect(change.entries[0]).toHaveProperty('traceparent', '00-a-b-01');
  });

  it('keeps to itself what only the execution needs', () => {
    const change = aChange();
    change.note(createId, { worker: 'w' });
    change.noteVm({ absentAt: now });
    expect(told(change)).toEqual([]);
    expect(change.changedOperations).toHaveLength(1);
    expect(change.changedVm).toMatchObject({ absentAt: now });
  });

  it('stores nothing that was only looked at', () => {
    const change = aChange({ approvals: [anApproval()] });
    expect(change.operation(createId)).toBeDefined();
    expect([change.changedVm, change.changedOperations, change.changedApprovals]).toEqual([null, [], []]);
  });

  it('stores whoever gives the VM away before the one that takes it', () => {
    const change = aChange();
    change.begin(anOperation({ id: idOf('delete'), kind: 'vm.delete' }), 'dave');
    change.note(createId, { holdsVm: false });
    expect(change.changedOperations.map(({ doc }) => doc.kind)).toEqual(['vm.create', 'vm.delete']);
  });

  const pairs = operationStates.flatMap((from) =>
    operationStates.filter((to) => to !== from).map((to) => [from, to] as const),
  );
  it.each(pairs)('from %s to %s follows the table of the contracts', (from, to) => {
    const change = aChange({ operations: [anOperation({ state: from })] });
    const move = (): void => {
      change.move(createId, 'x', { doc: { state: to } });
    };
    if (!operationTransitions[from].includes(to)) {
      expect(move).toThrow(`Unable to move an operation from ${from} to ${to}`);
      return;
    }
    move();
    expect(change.operation(createId).doc).toMatchObject({ state: to, done: isFinal(to) });
  });

  const lives = lifecycles.flatMap((from) => lifecycles.filter((to) => to !== from).map((to) => [from, to] as const));
  it.each(lives)('of a VM from %s to %s follows the table of the contracts', (from, to) => {
    const change = aChange({ vm: aVm({ lifecycle: from }) });
    const tell = (): void => {
      change.tellVm('x', { lifecycle: to });
    };
    if (lifecycleTransitions[from].includes(to)) expect(tell).not.toThrow();
    else expect(tell).toThrow(`Unable to move a VM from ${from} to ${to}`);
  });

  it('about nothing has no VM to change', () => {
    const change = aChange({ vm: null, site: null });
    expect(change.hasVm).toBe(false);
    expect(() => change.vm).toThrow('the change is about none');
    expect(() => change.site).toThrow('the change is about none');
  });
});
