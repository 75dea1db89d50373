import type { Claim } from '@dcm/contracts';
import { aChange, anOperation, aRunning, createId, inMs, told } from '../../test/scene.builder';
import { claim } from './claim.policy';

const ask = (fields: Partial<Claim> = {}): Claim => ({
  site: 'pve-lab' as Claim['site'],
  operationId: createId,
  attempt: 1,
  worker: 'w',
  ...fields,
});
const unclaimed = aRunning({}, { worker: null, leaseUntil: null });

describe('claim policy', () => {
  it('gives an unclaimed attempt to whoever asks first, and tells it', () => {
    const change = aChange({ operations: [unclaimed] });
    expect(claim(change, ask())).toEqual({ verdict: 'go', leaseMs: 45_000 });
    expect(change.operation(createId)).toMatchObject({ worker: 'w', leaseUntil: inMs(45_000) });
    expect(told(change)).toEqual(['operation claimed']);
  });

  it('prolongs the lease of the same worker without a word', () => {
    const change = aChange({ operations: [aRunning({}, { leaseUntil: inMs(5) })] });
    expect(claim(change, ask())).toMatchObject({ verdict: 'go' });
    expect(change.operation(createId).leaseUntil).toEqual(inMs(45_000));
    expect(told(change)).toEqual([]);
  });

  it('lets a worker go on whose lease has run out, while nobody else has its attempt', () => {
    const change = aChange({ operations: [aRunning({}, { leaseUntil: inMs(-5) })] });
    expect(claim(change, ask())).toMatchObject({ verdict: 'go' });
  });

  it.each([
    ['another worker has it', [aRunning({}, { worker: 'other' })], {}],
    ['a later attempt is at work', [aRunning({ attempt: 2 })], {}],
    ['the attempt was never handed out', [aRunning()], { attempt: 2 }],
    ['the lease ran out and the attempt is over', [anOperation({ attempt: 1 })], {}],
    ['the operation has ended', [anOperation({ state: 'cancelled', attempt: 1 })], {}],
    ['nobody knows the operation', [], {}],
  ])('drops a copy when %s', (_why, operations, fields) => {
    const change = aChange({ operations });
    expect(claim(change, ask(fields))).toMatchObject({ verdict: 'drop' });
    expect(told(change)).toEqual([]);
  });

  it('stops the worker of an operation that is to end', () => {
    const stop = { state: 'cancelled', error: { code: 'CANCELLED', message: 'by tina' } } as const;
    const change = aChange({ operations: [aRunning({}, { stop })] });
    expect(claim(change, ask())).toEqual({ verdict: 'stop', reason: 'by tina' });
    expect(change.operation(createId).leaseUntil).toEqual(inMs(45_000));
  });
});
