import type { AdminActor, Approval } from '@dcm/contracts';
import {
  aChange,
  anApproval,
  anOperation,
  aVm,
  createId,
  inMs,
  tenantId,
  timing,
  told,
} from '../../test/scene.builder';
import type { Change } from './change';
import { askApprovers, decide, expire, type Decision } from './approval.policy';

const amy: AdminActor = { principal: 'amy', tenantId, roles: ['approver'] };
const approve: Decision = { decision: 'approve', planHash: 'h1', comment: '' };
const reject: Decision = { decision: 'reject', planHash: 'h1', comment: 'too dear' };
const pending = anOperation(
  { state: 'pending_approval', approvalId: anApproval().id, deadlineAt: inMs(999_000_000).toISOString() },
  { nextAt: null },
);
const asked = (fields = {}): Change => aChange({ operations: [pending], approvals: [anApproval(fields)] });
const codeOf = (work: () => unknown): unknown => {
  try {
    work();
    return 'none';
  } catch (error) {
    return (error as { code: unknown }).code;
  }
};

describe('approval policy', () => {
  it('asks for as long as the project’s policy says, and gives the operation its time after that', () => {
    const policy = { approvalTtlHours: 2, onExpiry: 'approve' } as const;
    const change = aChange({ policy, operations: [anOperation({ state: 'planning' })] });
    askApprovers(change, createId, anApproval().plan, ['big']);
    const [approval] = change.changedApprovals;
    expect(approval).toMatchObject({
      expiresAt: inMs(7_200_000).toISOString(),
      onExpiry: 'approve',
      requester: 'dave',
    });
    expect(change.operation(createId).doc).toMatchObject({
      approvalId: approval?.id,
      deadlineAt: inMs(7_200_000 + timing.deadlineMs).toISOString(),
    });
  });

  it('lets an approved operation go on with a deadline of its own', () => {
    const change = asked();
    expect(decide(change, anApproval(), approve, amy)).toMatchObject({
      state: 'approved',
      decision: { by: 'amy' },
      seq: 2,
    });
    expect(change.operation(createId)).toMatchObject({ nextAt: change.now });
    expect(change.operation(createId).doc).toMatchObject({
      state: 'queued',
      deadlineAt: inMs(timing.deadlineMs).toISOString(),
    });
    expect(change.entries.map(({ actor }) => actor)).toEqual(['amy', 'amy']);
  });

  it('lets an approved operation begin only when nothing of an earlier one can act any more', () => {
    const vm = aVm({ lifecycle: 'active' }, { quietAt: inMs(5_000) });
    const change = aChange({ vm, operations: [pending], approvals: [anApproval()] });
    decide(change, anApproval(), approve, amy);
    expect(change.operation(createId).nextAt).toEqual(inMs(5_000));
  });

  it('ends a rejected one with who and why', () => {
    const change = asked();
    decide(change, anApproval(), reject, amy);
    expect(change.operation(createId).doc).toMatchObject({
      state: 'rejected',
      error: { code: 'APPROVAL_REJECTED', message: 'The request was rejected by amy: too dear' },
    });
    expect(change.ledger).toEqual({ kind: 'release' });
    expect(told(change).filter((one) => one.startsWith('approval'))).toEqual(['approval rejected']);
  });

  it.each([
    ['whoever lacks the role', approve, { ...amy, roles: ['developer', 'auditor'] }, 'PERMISSION_DENIED'],
    ['the requester, as approver', approve, { ...amy, principal: 'dave' }, 'SELF_APPROVAL'],
    ['the requester, rejecting', reject, { ...amy, principal: 'dave' }, 'SELF_APPROVAL'],
    ['who decides about another plan', { ...approve, planHash: 'h2' }, amy, 'PLAN_CHANGED'],
  ] as const)('refuses %s', (_who, decision, actor, code) => {
    const change = asked();
    expect(codeOf(() => decide(change, anApproval(), decision, { ...actor, roles: [...actor.roles] }))).toBe(code);
    expect(told(change)).toEqual([]);
  });

  it('answers the same to the same decision again, even to the requester, and refuses the opposite', () => {
    const decision = { by: 'amy', decision: 'approve', comment: '', at: inMs(0).toISOString() } as const;
    const done = anApproval({ state: 'approved', decision });
    const change = aChange({ operations: [anOperation()], approvals: [done] });
    expect(decide(change, done, approve, { ...amy, principal: 'tina' })).toBe(done);
    expect(decide(change, done, approve, { ...amy, principal: 'dave' })).toBe(done);
    expect(codeOf(() => decide(change, done, reject, amy))).toBe('CONFLICT');
  });

  it.each(['expired', 'cancelled'] as const)('takes no decision on what is %s', (state) => {
    expect(codeOf(() => decide(asked({ state }), anApproval({ state }), approve, amy))).toBe('CONFLICT');
  });

  it('lets time decide as the policy says', () => {
    const rejecting = asked();
    expire(rejecting, anApproval());
    expect(rejecting.operation(createId).doc).toMatchObject({ state: 'expired', error: { code: 'APPROVAL_EXPIRED' } });
    expect(rejecting.changedApprovals).toMatchObject([{ state: 'expired', decision: null }]);
    const approving = asked({ onExpiry: 'approve' });
    expire(approving, anApproval({ onExpiry: 'approve' }));
    expect(approving.operation(createId).doc.state).toBe('queued');
    expect(approving.changedApprovals).toMatchObject([{ state: 'approved', decision: { by: 'system' } }]);
  });

  it('about a plan that has changed is refused, and says what changed', () => {
    const supersedes = { planHash: 'old', changes: ['image: a → b'] };
    const error = { code: 'PLAN_CHANGED', message: 'The plan changed since it was signed: image: a → b' } as const;
    const fresh = anApproval({ supersedes });
    const closed = anApproval({ state: 'superseded', error });
    const say = (approval: Approval, planHash: string) => () =>
      decide(aChange({ approvals: [approval] }), approval, { decision: 'approve', planHash, comment: '' }, amy);
    expect(say(fresh, 'old')).toThrow('the plan changed since then: image: a → b');
    expect(say(fresh, 'another')).toThrow('it is about another plan');
    expect(say(closed, 'h1')).toThrow('The plan changed since it was signed: image: a → b');
  });
});
