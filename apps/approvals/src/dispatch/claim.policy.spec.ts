import type { Claim } from '@dcm/contracts';
import {
  aChange,
  aFailure,
  anError,
  anOperation,
  aRunning,
  aVm,
  createId,
  idOf,
  inMs,
  now,
  told,
} from '../../test/scene.builder';
import { attemptFailed } from '../operations/outcome.policy';
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
    expect(claim(change, ask(), 'claim')).toEqual({ verdict: 'go', leaseMs: 45_000 });
    expect(change.operation(createId)).toMatchObject({
      worker: 'w',
      leaseUntil: inMs(45_000),
      isTouched: false,
    });
    expect(told(change)).toEqual(['operation claimed']);
  });

  it('prolongs the lease of the same worker without a word', () => {
    const change = aChange({ operations: [aRunning({}, { leaseUntil: inMs(5) })] });
    expect(claim(change, ask(), 'claim')).toMatchObject({ verdict: 'go' });
    expect(change.operation(createId).leaseUntil).toEqual(inMs(45_000));
    expect(told(change)).toEqual([]);
  });

  it('lets a worker go on whose lease has run out, while nobody else has its attempt', () => {
    const change = aChange({ operations: [aRunning({}, { leaseUntil: inMs(-5) })] });
    expect(claim(change, ask(), 'claim')).toMatchObject({ verdict: 'go' });
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
    expect(claim(change, ask(fields), 'claim')).toMatchObject({ verdict: 'drop' });
    expect(told(change)).toEqual([]);
  });

  it('stops the worker of an operation that is to end', () => {
    const stop = { state: 'cancelled', error: { code: 'CANCELLED', message: 'by tina' } } as const;
    const change = aChange({ operations: [aRunning({}, { stop })] });
    expect(claim(change, ask(), 'claim')).toEqual({ verdict: 'stop', reason: 'by tina' });
    expect(change.operation(createId).leaseUntil).toEqual(inMs(45_000));
  });

  describe('of a worker whose first run lost its claim in silence and told nothing', () => {
    const stop = { state: 'cancelled', error: { code: 'CANCELLED', message: 'by tina' } } as const;
    const nothingChanged = aFailure(anError('CANCELLED'));
    const create = aRunning({}, { stop });
    const waitingDelete = anOperation({ id: idOf('delete'), kind: 'vm.delete' }, { nextAt: null, goal: null });
    const scene = { vm: aVm({ lifecycle: 'provisioning' }), operations: [create, waitingDelete] };

    it('does not believe the second that nothing was made', () => {
      const change = aChange(scene);
      claim(change, ask(), 'claim');
      attemptFailed(change, createId, nothingChanged);
      expect(change.vm.isSettled).toBe(false);
      expect(change.ledger).toBeNull();
      expect(change.operation(idOf('delete'))).toMatchObject({ doc: { state: 'queued' }, nextAt: now });
    });

    it('believes one that only asked whether it may go on', () => {
      const change = aChange(scene);
      claim(change, ask(), 'renew');
      attemptFailed(change, createId, nothingChanged);
      expect(change.vm.isSettled).toBe(true);
      expect(change.ledger).toEqual({ kind: 'release' });
      expect(change.operation(idOf('delete')).doc.state).toBe('succeeded');
    });

    it('remembers it when the second was let begin', () => {
      const change = aChange({ ...scene, operations: [aRunning()] });
      expect(claim(change, ask(), 'claim')).toMatchObject({ verdict: 'go' });
      expect(change.operation(createId).isTouched).toBe(true);
    });
  });
});
