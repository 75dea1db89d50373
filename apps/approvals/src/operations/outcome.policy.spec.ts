import {
  aChange,
  aFailure,
  anError,
  anOperation,
  aPlan,
  aRunning,
  aSite,
  aStatus,
  aSuccess,
  aVm,
  createId,
  idOf,
  inMs,
  now,
  timing,
  told,
} from '../../test/scene.builder';
import { askedAmounts } from './plan.mapper';
import { attemptFailed, attemptSucceeded, attemptYielded } from './outcome.policy';

const provisioning = aVm({ lifecycle: 'provisioning' });
const yielded = (resume: string, attempt = 1): Parameters<typeof attemptYielded>[2] => {
  const { site, platform, worker, operationId, instanceId } = aSuccess({ attempt });
  return { site, platform, worker, operationId, instanceId, attempt, resume };
};

describe('a create that succeeded', () => {
  it('is as granted with the disks that its image brought, though others were asked for', () => {
    const vm = aVm({ lifecycle: 'provisioning' }, { plan: aPlan({ diskGib: 45 }) });
    const change = aChange({ vm, operations: [aRunning()] });
    const status = aStatus({ disks: [{ sizeGib: 40 }, { sizeGib: 5 }] });
    attemptSucceeded(change, createId, aSuccess({ status }));
    expect(change.vm.doc.disks).toEqual([{ sizeGib: 40 }, { sizeGib: 5 }]);
    const inSync = change.vm.doc.conditions.find(({ type }) => type === 'InSync');
    expect(inSync).toMatchObject({ status: 'true', reason: 'AsGranted' });
  });

  it('makes the VM active, its quota used, and looks for addresses', () => {
    const change = aChange({ vm: provisioning, operations: [aRunning()] });
    attemptSucceeded(change, createId, aSuccess());
    expect(change.operation(createId).doc).toMatchObject({ state: 'succeeded', percent: 100, done: true });
    expect(change.vm.doc).toMatchObject({ lifecycle: 'active', presence: 'present', power: 'on', nativeId: '107' });
    expect(change.vm).toMatchObject({ nativeIds: ['107'], looks: { refresh: { dueAt: inMs(2_000) } } });
    expect(change.ledger).toEqual({ kind: 'use' });
    expect(told(change)).toEqual(['vm created', 'operation succeeded']);
  });

  it('looks for no addresses of a VM that is off or has one', () => {
    const address = {
      address: '10.0.0.9',
      mac: null,
      network: null,
      source: 'dhcp',
      primary: true,
      seenAt: now.toISOString(),
    } as const;
    for (const status of [aStatus({ power: 'off' }), aStatus({ addresses: [address] })]) {
      const change = aChange({ vm: provisioning, operations: [aRunning()] });
      attemptSucceeded(change, createId, aSuccess({ status }));
      expect(change.vm.looks).toEqual({});
    }
  });

  it('counts between attempts, whichever attempt it was', () => {
    const change = aChange({ vm: provisioning, operations: [anOperation({ attempt: 3 }, { isTouched: true })] });
    attemptSucceeded(change, createId, aSuccess({ attempt: 2 }));
    expect(change.operation(createId).doc.state).toBe('succeeded');
  });

  it('of an earlier attempt does not disturb the one at work: only the native id is kept', () => {
    const change = aChange({ vm: provisioning, operations: [aRunning({ attempt: 2 })] });
    attemptSucceeded(change, createId, aSuccess({ attempt: 1 }));
    expect(told(change)).toEqual([]);
    expect(change.vm.nativeIds).toEqual(['107']);
  });

  it('of an attempt that was never handed out is not believed', () => {
    const change = aChange({ vm: provisioning, operations: [anOperation({ attempt: 1 })] });
    attemptSucceeded(change, createId, aSuccess({ attempt: 2, status: null }));
    expect(told(change)).toEqual([]);
  });

  it('twice is once', () => {
    const change = aChange({
      vm: aVm({ lifecycle: 'active' }),
      operations: [anOperation({ state: 'succeeded', attempt: 1 })],
    });
    attemptSucceeded(change, createId, aSuccess());
    expect(told(change)).toEqual([]);
    expect(change.ledger).toBeNull();
  });

  it('opens the gate of a site that was paused', () => {
    const site = aSite({ pausedUntil: inMs(-1), pauses: 2 });
    const change = aChange({ vm: provisioning, site, operations: [aRunning()] });
    attemptSucceeded(change, createId, aSuccess());
    expect(change.gate).toEqual({ kind: 'resume' });
  });

  it('lets the delete that waits for it begin', () => {
    const behind = anOperation({ id: idOf('delete'), kind: 'vm.delete' }, { nextAt: null });
    const change = aChange({ vm: provisioning, operations: [aRunning({}, { holdsVm: false }), behind] });
    attemptSucceeded(change, createId, aSuccess());
    expect(change.operation(idOf('delete')).nextAt).toEqual(now);
  });
});

describe('a success of a create that had ended otherwise', () => {
  it.each(['failed', 'cancelled', 'expired'] as const)('(%s) takes the quota again and deletes the VM', (state) => {
    const change = aChange({
      vm: aVm({ lifecycle: 'failed' }, { holdsName: false }),
      operations: [anOperation({ state, attempt: 1 })],
    });
    attemptSucceeded(change, createId, aSuccess());
    expect(change.ledger).toEqual({ kind: 'rehold', amounts: askedAmounts(aVm().doc) });
    const [deletion] = change.open;
    expect(deletion?.doc).toMatchObject({ kind: 'vm.delete', requester: 'system', state: 'queued' });
    expect(change.vm.doc).toMatchObject({ lifecycle: 'failed', presence: 'present', nativeId: '107' });
    expect(change.operation(createId).doc.state).toBe(state);
  });

  it('leaves the deleting to a delete that is under way', () => {
    const deletion = anOperation({ id: idOf('delete'), kind: 'vm.delete' });
    const change = aChange({
      vm: aVm({ lifecycle: 'failed' }),
      operations: [anOperation({ state: 'failed' }), deletion],
    });
    attemptSucceeded(change, createId, aSuccess());
    expect(change.open).toHaveLength(1);
    expect(change.ledger).toMatchObject({ kind: 'rehold' });
  });
});

describe('a delete that reports', () => {
  const deleting = (fields = {}): Parameters<typeof aChange>[0] => ({
    vm: aVm({ lifecycle: 'deleting' }, fields),
    operations: [aRunning({ kind: 'vm.delete' })],
  });
  const report = (change: ReturnType<typeof aChange>, outcome: 'deleted' | 'absent'): void => {
    attemptSucceeded(change, createId, aSuccess({ outcome, status: null }));
  };

  it.each(['deleted', 'absent'] as const)('%s is done when the VM had been seen', (outcome) => {
    const change = aChange(deleting());
    report(change, outcome);
    expect(change.operation(createId).doc.state).toBe('succeeded');
    expect(change.ledger).toEqual({ kind: 'release' });
  });

  it('absent looks a second time after a create that ended unknown', () => {
    const change = aChange(deleting({ isSettled: false }));
    report(change, 'absent');
    expect(change.operation(createId).doc).toMatchObject({ state: 'queued', waitingFor: { kind: 'retry' } });
    expect(change.operation(createId)).toMatchObject({ nextAt: inMs(timing.lateEffectWindowMs), failures: 0 });
    expect(change.vm.absentAt).toEqual(now);
    expect(change.ledger).toBeNull();
  });

  it('absent twice, far enough apart, is proof', () => {
    const change = aChange(deleting({ isSettled: false, absentAt: inMs(-timing.lateEffectWindowMs) }));
    report(change, 'absent');
    expect(change.operation(createId).doc.state).toBe('succeeded');
  });

  it('absent twice within the window of late effects is none', () => {
    const change = aChange(deleting({ isSettled: false, absentAt: inMs(-timing.lateEffectWindowMs + 1) }));
    report(change, 'absent');
    expect(change.operation(createId)).toMatchObject({ nextAt: inMs(1) });
    expect(change.operation(createId).doc.state).toBe('queued');
  });

  it('deleted is proof at once: what was there cannot come again', () => {
    const change = aChange(deleting({ isSettled: false }));
    report(change, 'deleted');
    expect(change.operation(createId).doc.state).toBe('succeeded');
  });
});

describe('an attempt that failed', () => {
  it('is tried again after a while, and remembered when it may have changed something', () => {
    const change = aChange({ vm: provisioning, operations: [aRunning()] });
    attemptFailed(change, createId, { ...aFailure(anError('CALL_TIMEOUT', 'UNKNOWN')), resume: 'task-9' });
    expect(change.operation(createId)).toMatchObject({
      isTouched: true,
      failures: 1,
      nextAt: inMs(2_000),
      worker: null,
      leaseUntil: null,
      resume: 'task-9',
    });
    expect(change.operation(createId).doc).toMatchObject({ state: 'queued', waitingFor: { kind: 'retry' } });
    expect(change.vm.doc.lifecycle).toBe('provisioning');
  });

  it('for the site’s sake pauses the site, counts nothing, and waits for it', () => {
    const change = aChange({ vm: provisioning, operations: [aRunning({}, { failures: 4 })] });
    attemptFailed(change, createId, aFailure(anError('SITE_UNREACHABLE')));
    expect(change.gate).toEqual({
      kind: 'pause',
      forMs: 5_000,
      reason: 'it is SITE_UNREACHABLE',
      cause: 'SITE_UNREACHABLE',
    });
    expect(change.operation(createId)).toMatchObject({ failures: 4, nextAt: inMs(5_000), isTouched: false });
    expect(change.operation(createId).doc.waitingFor).toMatchObject({ kind: 'site' });
  });

  it('because the site refuses the login, waits until that is tried again', () => {
    const change = aChange({ vm: provisioning, operations: [aRunning()] });
    attemptFailed(change, createId, aFailure(anError('INVALID_CREDENTIALS')));
    expect(change.gate).toMatchObject({ kind: 'pause', cause: 'INVALID_CREDENTIALS' });
    expect(change.operation(createId).doc.waitingFor).toMatchObject({
      kind: 'circuit',
      until: inMs(5_000).toISOString(),
    });
  });

  it.each([
    ['NONE', 8, null],
    ['UNKNOWN', 7, 'task-9'],
  ] as const)('because its number is taken, with effect %s, goes on under number %d', (effect, number, resume) => {
    const change = aChange({ vm: { ...provisioning, instanceNumber: 7 }, operations: [aRunning()] });
    change.nextNumber = 8;
    attemptFailed(change, createId, { ...aFailure(anError('NUMBER_TAKEN', effect)), resume: 'task-9' });
    expect(change.vm.instanceNumber).toBe(number);
    expect(change.operation(createId)).toMatchObject({ doc: { state: 'queued' }, failures: 1, resume });
  });

  it.each([
    ['NONE', { kind: 'release' }, true],
    ['PARTIAL', null, false],
  ] as const)('for good, with effect %s, moves the ledger by what was observed', (effect, ledger, isSettled) => {
    const change = aChange({ vm: provisioning, operations: [aRunning()] });
    attemptFailed(change, createId, aFailure(anError('STORAGE_FULL', effect)));
    expect(change.operation(createId).doc).toMatchObject({ state: 'failed', error: { code: 'HYPERVISOR_REFUSED' } });
    expect(change.ledger).toEqual(ledger);
    expect(change.vm.isSettled).toBe(isSettled);
  });

  it('after it was told to stop ends as it was told to', () => {
    const stop = { state: 'cancelled', error: { code: 'CANCELLED', message: 'by tina' } } as const;
    const change = aChange({ vm: provisioning, operations: [aRunning({}, { stop })] });
    attemptFailed(change, createId, aFailure(anError('SITE_UNREACHABLE', 'NONE')));
    expect(change.operation(createId).doc).toMatchObject({ state: 'cancelled', error: stop.error });
    expect(change.ledger).toEqual({ kind: 'release' });
  });

  it.each([
    ['is over', anOperation({ attempt: 1 })],
    ['was followed by another', aRunning({ attempt: 2 })],
    ['belongs to an operation that has ended', anOperation({ state: 'cancelled', attempt: 1 })],
  ])('changes nothing when it %s', (_why, operation) => {
    const change = aChange({ vm: provisioning, operations: [operation] });
    attemptFailed(change, createId, aFailure(anError('INVALID_SPEC')));
    expect(told(change)).toEqual([]);
    expect(change.ledger).toBeNull();
  });

  it.each([
    ['IMAGE_NOT_FOUND', { kind: 'resume' }],
    ['CALL_TIMEOUT', null],
    ['CANCELLED', null],
  ] as const)('with %s opens a paused gate only when the site must have answered', (reason, gate) => {
    const site = aSite({ pausedUntil: inMs(-1), pauses: 1 });
    const change = aChange({ vm: provisioning, site, operations: [aRunning()] });
    attemptFailed(change, createId, aFailure(anError(reason)));
    expect(change.gate).toEqual(gate);
  });
});

describe('an attempt that yielded', () => {
  it('goes on at once with its token and counts no failure', () => {
    const change = aChange({ vm: provisioning, operations: [aRunning({}, { failures: 4 })] });
    attemptYielded(change, createId, yielded('task-1'));
    expect(change.operation(createId)).toMatchObject({ resume: 'task-1', nextAt: now, failures: 4, isTouched: true });
    expect(change.operation(createId).doc.state).toBe('queued');
  });

  it('without a token begins anew', () => {
    const change = aChange({ vm: provisioning, operations: [aRunning({}, { resume: 'old' })] });
    attemptYielded(change, createId, yielded(''));
    expect(change.operation(createId).resume).toBeNull();
  });

  it('after it was told to stop ends with an effect that nobody knows', () => {
    const stop = { state: 'failed', error: { code: 'DEADLINE_EXCEEDED', message: '' } } as const;
    const change = aChange({ vm: provisioning, operations: [aRunning({}, { stop })] });
    attemptYielded(change, createId, yielded('task-1'));
    expect(change.operation(createId).doc.state).toBe('failed');
    expect(change.vm.isSettled).toBe(false);
  });

  it('changes nothing when a later one is at work', () => {
    const change = aChange({ vm: provisioning, operations: [aRunning({ attempt: 2 })] });
    attemptYielded(change, createId, yielded('task-1'));
    expect(told(change)).toEqual([]);
  });
});
