import {
  isApprover,
  levelOf,
  type AdminActor,
  type Approval,
  type ApprovalLevel,
  type Approver,
  type LevelDecision,
} from '@dcm/contracts';

const isAdmin = ({ roles }: AdminActor): boolean => roles.includes('platform-admin');

/** Which of a level's approvers somebody can stand for. A platform-admin can stand for each. */
export const seatsFor = ({ approvers }: ApprovalLevel, actor: AdminActor): number[] =>
  approvers.flatMap((approver, seat) => (isAdmin(actor) || isApprover(approver, actor) ? [seat] : []));

const approvalsAt = ({ decisions, level }: Approval): LevelDecision[] =>
  decisions.filter((one) => one.level === level && one.decision === 'approve');

/**
 * How many seats people can take, each person one: an augmenting path gives a person's seat to another where that person has a second one.
 * Some hold two roles, so that whoever signs first must not take the only seat of whoever signs later.
 */
function seated(signers: readonly LevelDecision[]): number {
  const holders = new Map<number, LevelDecision>();
  const place = (signer: LevelDecision, tried: Set<number>): boolean =>
    signer.seats.some((seat) => {
      if (tried.has(seat)) return false;
      tried.add(seat);
      const holder = holders.get(seat);
      if (holder !== undefined && !place(holder, tried)) return false;
      holders.set(seat, signer);
      return true;
    });
  return signers.filter((signer) => place(signer, new Set())).length;
}

/** How many more people a level takes. */
export function missing(approval: Approval): number {
  const { mode, approvers, minApprovals } = levelOf(approval);
  const signed = approvalsAt(approval);
  return mode === 'ALL_OF' ? approvers.length - seated(signed) : Math.max(0, minApprovals - signed.length);
}

/** Whether somebody's approval would bring the level nearer to its end: their seats may all be taken. */
export function wouldHelp(approval: Approval, signer: LevelDecision): boolean {
  return missing({ ...approval, decisions: [...approval.decisions, signer] }) < missing(approval);
}

const nameOf = (approver: Approver): string => ('user' in approver ? approver.user : `role ${approver.role}`);

/** Whom a level asks, in words: `2 of role approver, amy (level 2 of 3)`. */
export function askedOf(approval: Approval): string {
  const { mode, approvers, minApprovals } = levelOf(approval);
  const names = approvers.map(nameOf).join(mode === 'ALL_OF' ? ' and ' : ', ');
  const many = mode === 'ANY_OF' && minApprovals > 1 ? `${minApprovals} of ${names}` : names;
  return approval.levels.length > 1 ? `${many} (level ${approval.level + 1} of ${approval.levels.length})` : many;
}
