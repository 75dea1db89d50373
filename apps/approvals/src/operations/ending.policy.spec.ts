import {
  aChange,
  anApproval,
  anOperation,
  aRunning,
  aSpec,
  aVm,
  createId,
  idOf,
  inMs,
  now,
  told,
} from '../../test/scene.builder';
import { end, isGone, succeedDelete, systemRequester } from './ending.policy';

const error = { code: 'CANCELLED', message: 'enough' } as const;
const sealed = aSpec({ guest: { hostname: null, sshKeys: [], userData: 'sealed:v1:x' } });

describe('ending a create', () => {
  it('that changed nothing gives name, quota and secrets back', () => {
    const change = aChange({ vm: aVm({}, { spec: sealed }) });
    end(change, createId, { state: 'cancelled', error, actor: 'tina' });
    expect(change.operation(createId)).toMatchObject({ holdsVm: false, nextAt: null });
    expect(change.operation(createId).doc).toMatchObject({ state: 'cancelled', done: true, error, waitingFor: null });
    expect(change.vm).toMatchObject({
      holdsName: false,
      isSettled: true,
      looks: {},
      spec: { guest: { userData: null } },
    });
    expect(change.vm.doc.lifecycle).toBe('failed');
    expect(change.ledger).toEqual({ kind: 'release' });
  });

  it.each(['PARTIAL', 'UNKNOWN'] as const)('with effect %s keeps its quota and has the VM looked for', (effect) => {
    const change = aChange({ vm: aVm({ lifecycle: 'provisioning' }), operations: [aRunning()] });
    end(change, createId, { state: 'failed', error, effect });
    expect(change.ledger).toBeNull();
    expect(change.vm).toMatchObject({ isSettled: false, holdsName: false, looks: { settle: { dueAt: now } } });
  });

  it('remembers that an earlier attempt may have changed something', () => {
    const change = aChange({ operations: [anOperation({}, { isTouched: true, quietAt: inMs(9_000) })] });
    end(change, createId, { state: 'cancelled', error, effect: 'NONE' });
    expect(change.ledger).toBeNull();
    expect(change.vm.looks.settle?.dueAt).toEqual(inMs(9_000));
  });

  it('tells the VM until when the last call of its attempt may still act', () => {
    const change = aChange({ operations: [anOperation({}, { isTouched: true, quietAt: inMs(9_000) })] });
    end(change, createId, { state: 'failed', error, effect: 'UNKNOWN' });
    expect(change.vm.quietAt).toEqual(inMs(9_000));
  });

  it('withdraws the question that it put to approvers', () => {
    const pending = anOperation({ state: 'pending_approval', approvalId: anApproval().id });
    const change = aChange({ operations: [pending], approvals: [anApproval()] });
    end(change, createId, { state: 'cancelled', error });
    expect(change.changedApprovals).toMatchObject([{ state: 'cancelled', seq: 2 }]);
  });
});

describe('ending a delete', () => {
  const deleting = (requester: string, fields = {}): Parameters<typeof aChange>[0] => ({
    vm: aVm({ lifecycle: 'deleting' }, fields),
    operations: [aRunning({ kind: 'vm.delete', requester })],
  });

  it('that changed nothing leaves the VM as it was', () => {
    const change = aChange(deleting('dave'));
    end(change, createId, { state: 'failed', error, effect: 'NONE' });
    expect(change.vm.doc.lifecycle).toBe('active');
    expect([change.ledger, change.vm.looks]).toEqual([null, {}]);
  });

  it('of a VM whose create had failed leaves it failed', () => {
    const change = aChange(deleting('dave', { holdsName: false }));
    end(change, createId, { state: 'failed', error, effect: 'UNKNOWN' });
    expect(change.vm.doc.lifecycle).toBe('failed');
    expect(change.vm.looks.settle?.dueAt).toEqual(now);
  });

  it.each([
    ['dispatched', aRunning({ kind: 'vm.delete', requester: systemRequester }), 'deleting'],
    ['queued', anOperation({ kind: 'vm.delete', requester: systemRequester }), 'failed'],
  ] as const)(
    'of a VM that nobody wants has it looked for again after a while, %s or not',
    (...[, operation, lifecycle]) => {
      const vm = aVm({ lifecycle, presence: 'present' }, { holdsName: false });
      const change = aChange({ vm, operations: [operation] });
      end(change, createId, { state: 'failed', error, effect: 'NONE' });
      expect(change.vm.doc.lifecycle).toBe('failed');
      expect(change.vm.looks.settle?.dueAt).toEqual(inMs(300_000));
    },
  );

  it('before it was dispatched does not touch the VM', () => {
    const change = aChange({ vm: aVm({ lifecycle: 'active' }), operations: [anOperation({ kind: 'vm.delete' })] });
    end(change, createId, { state: 'cancelled', error });
    expect(told(change)).toEqual(['operation cancelled']);
  });

  it('with success leaves nothing', () => {
    const change = aChange(deleting('dave'));
    succeedDelete(change, createId);
    expect(change.vm.doc).toMatchObject({ lifecycle: 'deleted', presence: 'missing', power: 'off', addresses: [] });
    expect(change.vm.holdsName).toBe(false);
    expect(change.ledger).toEqual({ kind: 'release' });
    expect(isGone(change.vm)).toBe(true);
  });
});

describe('a delete that waits for a create', () => {
  const behind = anOperation({ id: idOf('delete'), kind: 'vm.delete' }, { nextAt: null });
  const stopping = (fields = {}): ReturnType<typeof aRunning> => aRunning({}, { holdsVm: false, ...fields });

  it('is done at once when the create made nothing', () => {
    const change = aChange({ vm: aVm({ lifecycle: 'provisioning' }), operations: [stopping(), behind] });
    end(change, createId, { state: 'cancelled', error, effect: 'NONE' });
    expect(change.operation(idOf('delete')).doc.state).toBe('succeeded');
    expect(change.vm.doc.lifecycle).toBe('deleted');
    expect(change.ledger).toEqual({ kind: 'release' });
  });

  it('begins when the create may have made something, and not before its last call must be over', () => {
    const change = aChange({
      vm: aVm({ lifecycle: 'provisioning' }),
      operations: [stopping({ quietAt: inMs(4_000) }), behind],
    });
    end(change, createId, { state: 'cancelled', error, effect: 'UNKNOWN' });
    expect(change.operation(idOf('delete'))).toMatchObject({ nextAt: inMs(4_000) });
    expect(change.operation(idOf('delete')).doc).toMatchObject({ state: 'queued', waitingFor: { kind: 'capacity' } });
  });
});

describe('ending a power action', () => {
  it('that may have changed the VM has it looked at', () => {
    const change = aChange({ vm: aVm({ lifecycle: 'active' }), operations: [aRunning({ kind: 'vm.power' })] });
    end(change, createId, { state: 'failed', error, effect: 'UNKNOWN' });
    expect(change.vm.looks.refresh?.dueAt).toEqual(now);
    expect(change.ledger).toBeNull();
    expect(told(change)).toEqual(['operation failed']);
  });
});
