import { aChange, anOperation, aRunning, aVm, createId, inMs, told } from '../../test/scene.builder';
import { cancel, makeWay } from './stop.policy';

const provisioning = aVm({ lifecycle: 'provisioning' });
const unclaimed = aRunning({}, { worker: null, leaseUntil: null });

describe('cancelling', () => {
  it.each([
    ['accepted', anOperation({ state: 'accepted' })],
    ['planning', anOperation({ state: 'planning' })],
    ['waiting for approval', anOperation({ state: 'pending_approval' })],
    ['queued', anOperation()],
    ['dispatched and unclaimed', unclaimed],
  ])('ends what is %s at once and gives everything back', (_state, operation) => {
    const change = aChange({ vm: provisioning, operations: [operation] });
    cancel(change, createId, 'tina');
    expect(change.operation(createId).doc).toMatchObject({
      state: 'cancelled',
      error: { code: 'CANCELLED', message: 'The operation was cancelled by tina' },
    });
    expect(change.ledger).toEqual({ kind: 'release' });
  });

  it('tells a worker to stop and keeps everything until it has reported', () => {
    const change = aChange({ vm: provisioning, operations: [aRunning()] });
    cancel(change, createId, 'tina');
    expect(change.operation(createId).doc).toMatchObject({
      state: 'running',
      waitingFor: { kind: 'worker', until: inMs(105_000).toISOString() },
    });
    expect(change.operation(createId).stop?.state).toBe('cancelled');
    expect(change.ledger).toBeNull();
  });

  it('twice is once', () => {
    const change = aChange({ vm: provisioning, operations: [aRunning()] });
    cancel(change, createId, 'tina');
    cancel(change, createId, 'amy');
    expect(told(change)).toEqual(['operation stopping']);
    const ended = aChange({ operations: [anOperation({ state: 'cancelled' })] });
    cancel(ended, createId, 'tina');
    expect(told(ended)).toEqual([]);
  });

  it.each(['succeeded', 'failed', 'rejected', 'expired'] as const)('is refused for what has %s', (state) => {
    const change = aChange({ operations: [anOperation({ state })] });
    expect(() => {
      cancel(change, createId, 'tina');
    }).toThrow(`it is ${state} already`);
  });
});

describe('making way for a delete', () => {
  it('ends what has not begun', () => {
    const change = aChange({ vm: provisioning, operations: [unclaimed] });
    expect(makeWay(change, unclaimed, 'dave')).toBeUndefined();
    expect(change.operation(createId).doc.state).toBe('cancelled');
  });

  it('takes its place from what runs', () => {
    const change = aChange({ vm: provisioning, operations: [aRunning()] });
    expect(makeWay(change, aRunning(), 'dave')).toMatchObject({ holdsVm: false, stop: { state: 'cancelled' } });
  });
});
