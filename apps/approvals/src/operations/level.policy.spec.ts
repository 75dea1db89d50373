import fc from 'fast-check';
import { DcmError, type AdminActor, type Approval, type ApprovalLevel, type Approver, type Role } from '@dcm/contracts';
import { aChange, anApproval, anOperation, createId, inMs, tenantId } from '../../test/scene.builder';
import { decide, expire } from './approval.policy';
import type { Change } from './change';
import { askedOf, seatsFor } from './level.policy';

const names = ['amy', 'bob', 'cfo', 'dave', 'eve'];
const approver: fc.Arbitrary<Approver> = fc.oneof(
  fc.record({ user: fc.constantFrom(...names) }),
  fc.record({ role: fc.constantFrom<Role>('approver', 'tenant-admin', 'auditor') }),
);
const level: fc.Arbitrary<ApprovalLevel> = fc.record({
  mode: fc.constantFrom('ANY_OF' as const, 'ALL_OF' as const),
  approvers: fc.array(approver, { minLength: 1, maxLength: 3 }),
  minApprovals: fc.integer({ min: 1, max: 3 }),
  expiresInHours: fc.constant(1),
  onExpiry: fc.constantFrom('reject' as const, 'escalate' as const),
});
const person: fc.Arbitrary<AdminActor> = fc.record({
  principal: fc.constantFrom(...names),
  tenantId: fc.constant(tenantId),
  roles: fc.subarray<Role>(['approver', 'tenant-admin', 'auditor', 'developer']),
});
type Step = { readonly kind: 'expire' } | { readonly kind: 'approve' | 'reject'; readonly who: AdminActor };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('expire' as const) }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('approve' as const), who: person }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reject' as const), who: person }) },
);

interface Signature extends AdminActor {
  readonly level: number;
}

/** One question, played by decisions and expiries. */
class Play {
  readonly signed: Signature[] = [];
  private readonly first: Approval;
  private readonly change: Change;

  constructor(levels: readonly ApprovalLevel[]) {
    this.first = anApproval({ levels: [...levels], onExpiry: levels[0]?.onExpiry ?? 'reject' });
    const waiting = {
      state: 'pending_approval',
      approvalId: this.first.id,
      deadlineAt: inMs(9e9).toISOString(),
    } as const;
    this.change = aChange({ operations: [anOperation(waiting)], approvals: [this.first] });
  }

  get approval(): Approval {
    return this.change.approval(this.first.id) ?? this.first;
  }

  /** Whether the operation still waits exactly as long as the question is open. */
  get isAtOne(): boolean {
    const isWaiting = this.change.operation(createId).doc.state === 'pending_approval';
    return isWaiting === (this.approval.state === 'pending');
  }

  take(one: Step): void {
    if (this.approval.state !== 'pending') return;
    if (one.kind === 'expire') expire(this.change, this.approval);
    else this.decide(one.kind, one.who);
  }

  private decide(decision: 'approve' | 'reject', who: AdminActor): void {
    const before = this.approval;
    try {
      const told = decide(this.change, before, { decision, planHash: 'h1', comment: '' }, who);
      if (decision === 'approve' && told !== before) this.signed.push({ ...who, level: before.level });
    } catch (error) {
      if (!(error instanceof DcmError)) throw error;
    }
  }
}

/** By trying every way to give seats to people: slow, and plainly right. */
function canSeatAll(approvers: readonly Approver[], people: readonly AdminActor[]): boolean {
  const [seat, ...rest] = approvers;
  if (seat === undefined) return true;
  const fits = ({ principal, roles }: AdminActor): boolean =>
    'user' in seat ? seat.user === principal : roles.includes(seat.role);
  return people.some(
    (one) =>
      fits(one) &&
      canSeatAll(
        rest,
        people.filter((other) => other !== one),
      ),
  );
}

const isMet = ({ mode, approvers, minApprovals }: ApprovalLevel, people: readonly Signature[]): boolean =>
  mode === 'ANY_OF' ? people.length >= minApprovals : canSeatAll(approvers, people);

describe('levels', () => {
  it('never end approved without the people they want, never twice by one, never by the requester', () => {
    fc.assert(
      fc.property(
        fc.array(level, { minLength: 1, maxLength: 3 }),
        fc.array(step, { maxLength: 25 }),
        (levels, steps) => {
          const game = new Play(levels);
          for (const one of steps) game.take(one);
          const { approval, signed } = game;
          expect(game.isAtOne).toBe(true);
          expect(signed.map(({ principal }) => principal)).not.toContain('dave');
          expect(new Set(signed.map(({ principal }) => principal)).size).toBe(signed.length);
          if (approval.state !== 'approved') return;
          expect(approval.level).toBe(levels.length - 1);
          for (const [index, one] of levels.entries()) {
            const people = signed.filter((signature) => signature.level === index);
            const maySkip = one.onExpiry === 'escalate' && index < approval.level;
            expect(maySkip || isMet(one, people)).toBe(true);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('have a seat for whom they name, by name or role, and all seats for a platform-admin', () => {
    const approvers: Approver[] = [{ user: 'amy' }, { role: 'approver' }, { user: 'bob' }];
    const one = { ...anyLevel, approvers };
    const seats = (principal: string, ...roles: Role[]): number[] => seatsFor(one, { principal, tenantId, roles });
    expect([seats('amy', 'approver'), seats('bob'), seats('eve', 'approver'), seats('eve', 'tenant-admin')]).toEqual([
      [0, 1],
      [2],
      [1],
      [],
    ]);
    expect(seats('root', 'platform-admin')).toEqual([0, 1, 2]);
  });

  it('say whom they ask', () => {
    const approvers: Approver[] = [{ role: 'approver' }, { user: 'amy' }];
    const say = (fields: Partial<ApprovalLevel>, more: ApprovalLevel[] = []): string =>
      askedOf(anApproval({ levels: [{ ...anyLevel, approvers, ...fields }, ...more] }));
    expect(say({})).toBe('role approver, amy');
    expect(say({ minApprovals: 2 }, [anyLevel])).toBe('2 of role approver, amy (level 1 of 2)');
    expect(say({ mode: 'ALL_OF' })).toBe('role approver and amy');
  });
});

const anyLevel: ApprovalLevel = {
  mode: 'ANY_OF',
  approvers: [{ role: 'approver' }],
  minApprovals: 1,
  expiresInHours: 1,
  onExpiry: 'reject',
};
