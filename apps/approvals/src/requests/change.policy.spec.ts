import type { Lifecycle } from '@dcm/contracts';
import {
  aChange,
  anOperation,
  aRunning,
  aVm,
  createId,
  idOf,
  inMs,
  now,
  tenantId,
  told,
} from '../../test/scene.builder';
import { cancel } from '../operations/stop.policy';
import { newLook } from '../operations/vm.entity';
import { askDelete, askPower, refuseIfMoved } from './change.policy';

const base = { tenantId, requester: 'dave', payloadSha256: 'h', traceparent: null };
const power = { ...base, id: idOf('power'), kind: 'vm.power', power: { action: 'ON' } } as const;
const deletion = { ...base, id: idOf('delete'), kind: 'vm.delete' } as const;
const active = aVm({ lifecycle: 'active' });

describe('asking for power', () => {
  it('queues it for an active VM, which then names it', () => {
    const change = aChange({ vm: active, operations: [] });
    askPower(change, power);
    expect(change.operation(power.id)).toMatchObject({ holdsVm: true, nextAt: now, power: { action: 'ON' } });
    expect(change.operation(power.id).doc).toMatchObject({ state: 'queued', waitingFor: { kind: 'capacity' } });
    expect(change.vm.doc.operationId).toBe(power.id);
  });

  it.each<Lifecycle>(['requested', 'provisioning', 'deleting', 'deleted', 'failed'])(
    'refuses it for a VM that is %s',
    (lifecycle) => {
      const change = aChange({ vm: aVm({ lifecycle }), operations: [] });
      askPower(change, power);
      expect(change.operation(power.id)).toMatchObject({
        holdsVm: false,
        doc: { state: 'rejected', error: { code: 'CONFLICT' } },
      });
      expect(told(change).some((one) => one.startsWith('vm'))).toBe(false);
    },
  );

  it('refuses it while another operation changes the VM', () => {
    const change = aChange({ vm: active, operations: [aRunning({ kind: 'vm.power' })] });
    askPower(change, power);
    expect(change.operation(power.id).doc).toMatchObject({
      state: 'rejected',
      error: { code: 'OPERATION_IN_PROGRESS' },
    });
  });
});

describe('a change of a VM of which an attempt that is over may still have an effect', () => {
  const restless = aVm({ lifecycle: 'active' }, { quietAt: inMs(5_000) });

  it.each([
    ['power', (change: ReturnType<typeof aChange>) => (askPower(change, power), power.id)],
    ['a delete', (change: ReturnType<typeof aChange>) => (askDelete(change, deletion), deletion.id)],
  ])('begins only when it can act no more: %s', (_what, ask) => {
    const change = aChange({ vm: restless, operations: [] });
    expect(change.operation(ask(change)).nextAt).toEqual(inMs(5_000));
  });
});

describe('asking for a delete', () => {
  it('queues it for an active VM', () => {
    const change = aChange({ vm: active, operations: [] });
    askDelete(change, deletion);
    expect(change.operation(deletion.id)).toMatchObject({ nextAt: now, doc: { state: 'queued' } });
  });

  it('ends a create that has not begun, and is done with it', () => {
    const change = aChange({ operations: [anOperation()] });
    askDelete(change, deletion);
    expect(change.operation(createId).doc.state).toBe('cancelled');
    expect(change.operation(deletion.id).doc).toMatchObject({ state: 'succeeded', attempt: 0 });
    expect(change.vm.doc.lifecycle).toBe('deleted');
    expect(change.ledger).toEqual({ kind: 'release' });
  });

  it('stops a create that runs, takes its place, and waits for it', () => {
    const change = aChange({ vm: aVm({ lifecycle: 'provisioning' }), operations: [aRunning()] });
    askDelete(change, deletion);
    expect(change.operation(createId)).toMatchObject({ holdsVm: false, stop: { state: 'cancelled' } });
    expect(change.operation(deletion.id)).toMatchObject({ holdsVm: true, nextAt: null });
    expect(change.operation(deletion.id).doc.waitingFor).toMatchObject({ kind: 'operation' });
    expect(change.changedOperations.map(({ holdsVm }) => holdsVm)).toEqual([false, true]);
  });

  it('waits for what still stops, too, when the delete that stopped it was cancelled meanwhile', () => {
    const first = aChange({ vm: aVm({ lifecycle: 'provisioning' }), operations: [aRunning()] });
    askDelete(first, deletion);
    cancel(first, deletion.id, 'dave');
    expect(first.operation(createId)).toMatchObject({ holdsVm: true, stop: { state: 'cancelled' } });
    expect(first.operation(deletion.id).holdsVm).toBe(false);
    const change = aChange({ vm: first.vm, operations: first.open });
    const again = { ...deletion, id: idOf('again') };
    askDelete(change, again);
    expect(change.operation(again.id)).toMatchObject({ nextAt: null, doc: { waitingFor: { kind: 'operation' } } });
  });

  it('does not touch a VM before its silent create can act no more', () => {
    const silent = anOperation({ attempt: 1 }, { isTouched: true, quietAt: inMs(9_000), nextAt: inMs(9_000) });
    const change = aChange({ vm: aVm({ lifecycle: 'provisioning' }), operations: [silent] });
    askDelete(change, deletion);
    expect(change.operation(createId).doc.state).toBe('cancelled');
    expect(change.operation(deletion.id).nextAt).toEqual(inMs(9_000));
  });

  it('does not touch a VM that is still to be looked for the first time', () => {
    const settle = newLook(inMs(9_000));
    const change = aChange({
      vm: aVm({ lifecycle: 'failed' }, { isSettled: false, looks: { settle } }),
      operations: [],
    });
    askDelete(change, deletion);
    expect(change.operation(deletion.id).nextAt).toEqual(inMs(9_000));
  });

  it('is refused while another delete is under way, and for what is protected', () => {
    const busy = aChange({ vm: active, operations: [aRunning({ kind: 'vm.delete' })] });
    askDelete(busy, deletion);
    expect(busy.operation(deletion.id).doc.error?.code).toBe('OPERATION_IN_PROGRESS');
    const guarded = aChange({ vm: aVm({ lifecycle: 'active', deletionProtection: true }), operations: [] });
    askDelete(guarded, deletion);
    expect(guarded.operation(deletion.id).doc.error?.code).toBe('DELETION_PROTECTED');
  });

  it('of what is gone is done at once, again and again', () => {
    const gone = aChange({ vm: aVm({ lifecycle: 'deleted' }), operations: [] });
    askDelete(gone, deletion);
    expect(gone.operation(deletion.id).doc.state).toBe('succeeded');
    expect(told(gone).some((one) => one.startsWith('vm'))).toBe(false);
    const never = aChange({ vm: aVm({ lifecycle: 'failed', deletionProtection: true }), operations: [] });
    askDelete(never, deletion);
    expect(never.vm.doc.lifecycle).toBe('deleted');
  });

  it('of a failed VM that was seen is carried out', () => {
    const change = aChange({ vm: aVm({ lifecycle: 'failed', presence: 'present' }), operations: [] });
    askDelete(change, deletion);
    expect(change.operation(deletion.id).doc.state).toBe('queued');
  });
});

describe('a request of a certain state of the VM', () => {
  const at7 = aVm({ lifecycle: 'active', seq: 7 });

  it('is refused at any other, and says at which it is', () => {
    const change = aChange({ vm: at7, operations: [] });
    expect(refuseIfMoved(change, { ...deletion, expectedSeq: 6 })).toBe(true);
    expect(change.operation(deletion.id)).toMatchObject({
      holdsVm: false,
      doc: {
        state: 'rejected',
        error: { code: 'PRECONDITION_FAILED', details: [{ pointer: '/expectedSeq', message: 'it is at 7, not at 6' }] },
      },
    });
    expect(told(change).some((one) => one.startsWith('vm'))).toBe(false);
  });

  it.each([undefined, 7])('goes on with %p', (expectedSeq) => {
    const change = aChange({ vm: at7, operations: [] });
    expect(refuseIfMoved(change, { ...deletion, expectedSeq })).toBe(false);
    expect(told(change)).toEqual([]);
  });
});
