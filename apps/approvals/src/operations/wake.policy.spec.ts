import { aChange, anApproval, anOperation, aRunning, aVm, createId, inMs, now, told } from '../../test/scene.builder';
import { wake } from './wake.policy';
import { waitFor } from './waiting.mapper';

const site = 'pve-lab' as Parameters<typeof waitFor.plan>[0];
const past = inMs(-1);
const stop = { state: 'cancelled', error: { code: 'CANCELLED', message: 'by tina' } } as const;
const provisioning = aVm({ lifecycle: 'provisioning' });

describe('the sweeper', () => {
  it('asks for the plan again', () => {
    const operation = anOperation({ state: 'planning', waitingFor: waitFor.plan(site, past) }, { sends: 1 });
    const change = aChange({ operations: [operation] });
    wake(change, createId);
    expect(change.commands.map(({ id }) => id)).toEqual([`${createId}/plan/2`]);
    expect(change.operation(createId).doc.waitingFor?.until).toBe(inMs(60_000).toISOString());
  });

  it('sends an unclaimed attempt again', () => {
    const waitingFor = waitFor.claim(site, past);
    const change = aChange({
      vm: provisioning,
      operations: [aRunning({ waitingFor }, { worker: null, leaseUntil: null })],
    });
    wake(change, createId);
    expect(change.commands.map(({ id }) => id)).toEqual([`${createId}/1`]);
  });

  it('shows that a retry whose time has come waits for a place', () => {
    const change = aChange({ operations: [anOperation({ waitingFor: waitFor.retry('x', past) })] });
    wake(change, createId);
    expect(change.operation(createId).doc.waitingFor?.kind).toBe('capacity');
  });

  it('lets an approval expire with its operation', () => {
    const operation = anOperation({
      state: 'pending_approval',
      approvalId: anApproval().id,
      waitingFor: waitFor.approval('role approver', past, 'reject'),
    });
    const change = aChange({ operations: [operation], approvals: [anApproval()] });
    wake(change, createId);
    expect(change.operation(createId).doc).toMatchObject({ state: 'expired', error: { code: 'APPROVAL_EXPIRED' } });
    expect(change.changedApprovals).toMatchObject([{ state: 'expired' }]);
    expect(change.ledger).toEqual({ kind: 'release' });
  });

  it('does not end an operation for the time in which approvers think', () => {
    const waitingFor = waitFor.approval('role approver', inMs(1), 'reject');
    const operation = anOperation({ state: 'pending_approval', waitingFor, deadlineAt: past.toISOString() });
    const change = aChange({ operations: [operation], approvals: [anApproval()] });
    wake(change, createId);
    expect(told(change)).toEqual([]);
  });

  it.each([
    ['accepted', anOperation({ state: 'accepted' })],
    ['planning', anOperation({ state: 'planning' })],
    ['queued', anOperation()],
    ['dispatched and unclaimed', aRunning({}, { worker: null, leaseUntil: null })],
  ])('lets what is %s expire at its deadline, and gives everything back', (_state, { doc, ...work }) => {
    const operation = { ...work, doc: { ...doc, deadlineAt: now.toISOString() } };
    const change = aChange({ vm: provisioning, operations: [operation] });
    wake(change, createId);
    expect(change.operation(createId).doc).toMatchObject({ state: 'expired', error: { code: 'DEADLINE_EXCEEDED' } });
    expect(change.ledger).toEqual({ kind: 'release' });
  });

  it('tells the worker of an overdue operation to stop', () => {
    const change = aChange({ vm: provisioning, operations: [aRunning({ deadlineAt: now.toISOString() })] });
    wake(change, createId);
    expect(change.operation(createId)).toMatchObject({
      stop: { state: 'failed', error: { code: 'DEADLINE_EXCEEDED' } },
    });
    expect(change.operation(createId).doc).toMatchObject({
      state: 'running',
      waitingFor: { until: inMs(105_000).toISOString() },
    });
    wake(change, createId);
    expect(told(change)).toEqual(['operation stopping']);
  });

  it('hands an attempt whose lease ran out to the next worker once the last call of the first must be over', () => {
    const change = aChange({ vm: provisioning, operations: [aRunning({}, { leaseUntil: inMs(-10_000) })] });
    wake(change, createId);
    expect(change.operation(createId)).toMatchObject({
      isTouched: true,
      failures: 1,
      worker: null,
      leaseUntil: null,
      nextAt: inMs(50_000),
      quietAt: inMs(50_000),
    });
    expect(change.operation(createId).doc).toMatchObject({
      state: 'queued',
      attempt: 1,
      waitingFor: { kind: 'retry' },
    });
  });

  it('leaves a lease alone that still holds', () => {
    const change = aChange({ vm: provisioning, operations: [aRunning({}, { leaseUntil: inMs(1) })] });
    wake(change, createId);
    expect(told(change)).toEqual([]);
  });

  it.each([
    ['attempts', aRunning({}, { leaseUntil: past, failures: 4 })],
    ['time', aRunning({ deadlineAt: inMs(30_000).toISOString() }, { leaseUntil: past })],
  ])('ends a silent operation that has no %s left, with an effect that nobody knows', (_what, operation) => {
    const change = aChange({ vm: provisioning, operations: [operation] });
    wake(change, createId);
    expect(change.operation(createId).doc).toMatchObject({ state: 'failed', error: { code: 'OUTCOME_UNKNOWN' } });
    expect(change.ledger).toBeNull();
    expect(change.vm.looks.settle?.dueAt).toEqual(inMs(59_999));
  });

  it('waits with a silent operation that is to stop until its last call must be over', () => {
    const early = aChange({ vm: provisioning, operations: [aRunning({}, { stop, leaseUntil: inMs(-59_999) })] });
    wake(early, createId);
    expect(told(early)).toEqual([]);
    const change = aChange({ vm: provisioning, operations: [aRunning({}, { stop, leaseUntil: inMs(-60_000) })] });
    wake(change, createId);
    expect(change.operation(createId).doc).toMatchObject({ state: 'cancelled', error: stop.error });
    expect(change.vm.isSettled).toBe(false);
  });

  it('passes over what has ended or is not there', () => {
    const change = aChange({ operations: [] });
    wake(change, createId);
    expect(told(change)).toEqual([]);
  });
});
