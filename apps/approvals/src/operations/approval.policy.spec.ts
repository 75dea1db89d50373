import type { AdminActor, Approval, ApprovalLevel } from '@dcm/contracts';
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
const aLevel = (fields: Partial<ApprovalLevel> = {}): ApprovalLevel => ({
  mode: 'ANY_OF',
  approvers: [{ role: 'approver' }],
  minApprovals: 1,
  expiresInHours: 1,
  onExpiry: 'reject',
  ...fields,
});
const codeOf = (work: () => unknown): unknown => {
  try {
    work();
    return 'none';
  } catch (error) {
    return (error as { code: unknown }).code;
  }
};

describe('approval policy', () => {
  it('asks for as long as the level says, and gives the operation its time after that', () => {
    const change = aChange({ operations: [anOperation({ state: 'planning' })] });
    const level = aLevel({ expiresInHours: 2, onExpiry: 'approve' });
    askApprovers(change, createId, anApproval().plan, { reasons: ['big'], levels: [level] });
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
    ['who was shown another level', { ...approve, level: 1 }, amy, 'CONFLICT'],
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

describe('a question with levels', () => {
  const two = [aLevel({ onExpiry: 'escalate' }), aLevel({ approvers: [{ user: 'cfo' }], onExpiry: 'escalate' })];
  const cfo: AdminActor = { principal: 'cfo', tenantId, roles: ['developer'] };
  const open = (fields: Partial<Approval>): { change: Change; approval: Approval } => {
    const approval = anApproval({ levels: two, onExpiry: 'escalate', ...fields });
    return { change: aChange({ operations: [pending], approvals: [approval] }), approval };
  };

  it('asks the next level when one has approved, and lets the operation go on after the last', () => {
    const { change, approval } = open({});
    const second = decide(change, approval, approve, amy);
    expect(second).toMatchObject({
      state: 'pending',
      level: 1,
      decision: null,
      expiresAt: inMs(3_600_000).toISOString(),
    });
    expect(change.operation(createId).doc).toMatchObject({
      state: 'pending_approval',
      waitingFor: { detail: 'a decision by cfo (level 2 of 2)', then: 'it expires' },
    });
    expect(decide(change, second, approve, cfo)).toMatchObject({ state: 'approved', decision: { by: 'cfo' } });
    expect(change.operation(createId).doc.state).toBe('queued');
  });

  it('takes no decision from whom its level does not ask, nor two levels from one person', () => {
    const { change, approval } = open({});
    expect(() => decide(change, approval, approve, cfo)).toThrow('it asks role approver (level 1 of 2) now');
    const next = decide(change, approval, approve, amy);
    expect(decide(change, next, approve, amy)).toBe(next);
    const twice = open({ levels: [aLevel(), aLevel()] });
    const second = decide(twice.change, twice.approval, approve, amy);
    expect(() => decide(twice.change, second, approve, amy)).toThrow('whoever approved an earlier level');
    expect(decide(twice.change, second, approve, { ...amy, principal: 'bob' }).state).toBe('approved');
  });

  it('ends with the first rejection, of whomever it asks', () => {
    const { change, approval } = open({ levels: [aLevel({ minApprovals: 2 })] });
    const signed = decide(change, approval, approve, amy);
    expect(signed.state).toBe('pending');
    expect(decide(change, signed, approve, amy)).toBe(signed);
    expect(decide(change, signed, reject, { ...amy, principal: 'bob' })).toMatchObject({
      state: 'rejected',
      decision: { by: 'bob' },
    });
    expect(change.operation(createId).doc.state).toBe('rejected');
  });

  it('wants each of ALL_OF, one person for one seat, in whatever order they come', () => {
    const levels = [aLevel({ mode: 'ALL_OF', approvers: [{ role: 'approver' }, { role: 'tenant-admin' }] })];
    const both: AdminActor = { principal: 'zoe', tenantId, roles: ['approver', 'tenant-admin'] };
    const { change, approval } = open({ levels });
    const first = decide(change, approval, approve, both);
    expect(first.state).toBe('pending');
    expect(decide(change, first, approve, amy).state).toBe('approved');
    const other = open({ levels });
    const one = decide(other.change, other.approval, approve, amy);
    expect(() => decide(other.change, one, approve, { ...amy, principal: 'bob' })).toThrow('it takes the others');
  });

  it('asks the next level when nobody decides in time, and expires after the last', () => {
    const { change, approval } = open({});
    expire(change, approval);
    const [second] = change.changedApprovals;
    expect(second).toMatchObject({ state: 'pending', level: 1, decisions: [] });
    if (second !== undefined) expire(change, second);
    expect(change.operation(createId).doc).toMatchObject({ state: 'expired', error: { code: 'APPROVAL_EXPIRED' } });
  });

  it('takes time for an approval of its level only', () => {
    const { change, approval } = open({ levels: [aLevel({ onExpiry: 'approve' }), aLevel()], onExpiry: 'approve' });
    expire(change, approval);
    expect(change.changedApprovals).toMatchObject([{ state: 'pending', level: 1, decisions: [{ by: 'system' }] }]);
  });
});
