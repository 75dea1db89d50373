import { aChange, anOperation, aRunning, aSite, createId, inMs, now, told } from '../../test/scene.builder';
import type { Change } from './change';
import { retryNow } from './retry-now.policy';

const retried = (fields: Parameters<typeof aChange>[0]): Change => {
  const change = aChange(fields);
  retryNow(change, createId, 'dave');
  return change;
};

describe('retry now', () => {
  const backedOff = anOperation({}, { nextAt: inMs(60_000) });

  it('ends a back-off', () => {
    const change = retried({ operations: [backedOff] });
    expect(change.operation(createId)).toMatchObject({ nextAt: now, doc: { waitingFor: { kind: 'capacity' } } });
    expect(change.concernsDispatch).toBe(true);
    expect(change.entries).toMatchObject([{ action: 'retry-asked', actor: 'dave' }]);
    expect(change.gate).toBeNull();
  });

  it('waits until no earlier attempt can act any more', () => {
    const quiet = anOperation({}, { nextAt: inMs(60_000), quietAt: inMs(30_000) });
    const change = retried({ operations: [quiet] });
    expect(change.operation(createId)).toMatchObject({ nextAt: inMs(30_000), doc: { waitingFor: { kind: 'retry' } } });
  });

  it('probes a site that rests', () => {
    expect(retried({ operations: [backedOff], site: aSite({ pausedUntil: inMs(5_000), pauses: 1 }) }).gate).toEqual({
      kind: 'probe',
    });
    expect(retried({ operations: [backedOff], site: aSite({ pausedUntil: inMs(-1), pauses: 1 }) }).gate).toBeNull();
  });

  it('asks for a plan again', () => {
    const change = retried({ operations: [anOperation({ state: 'planning' }, { nextAt: null, sends: 1 })] });
    expect(change.commands).toMatchObject([{ type: 'io.dcm.command.plan.v1' }]);
  });

  it('sends again what nobody has claimed', () => {
    const change = retried({ operations: [aRunning({}, { worker: null, leaseUntil: null })] });
    expect(change.commands).toMatchObject([{ type: 'io.dcm.command.provision.v1' }]);
    expect(told(change)).toEqual(['operation sent-again']);
  });

  it.each([
    ['has ended', anOperation({ state: 'failed' }), 'it is failed already'],
    ['is at work', aRunning(), 'a provisioner works on it'],
    ['waits for an approver', anOperation({ state: 'pending_approval' }), 'it waits for something else'],
    ['waits for another operation', anOperation({}, { nextAt: null }), 'it waits for something else'],
  ])('is refused for an operation that %s', (_what, operation, cause) => {
    expect(() => retried({ operations: [operation] })).toThrow(cause);
  });
});
