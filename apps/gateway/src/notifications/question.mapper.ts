import { approvalSchema, type Approval, type Approver, type Role } from '@dcm/contracts';
import type { Bond } from './link';

/** Who may answer when an approval names nobody: it is older than levels. */
const anyApprover: readonly Approver[] = [{ role: 'approver' }, { role: 'tenant-admin' }];

/** @returns undefined for a document that is no approval. */
export const approvalOf = (doc: unknown): Approval | undefined => approvalSchema.safeParse(doc).data;

/** Two levels are two people. */
const hasSignedEarlier = ({ decisions, level }: Approval, principal: string): boolean =>
  decisions.some((one) => one.by === principal && one.level < level && one.decision === 'approve');

/** Whether somebody with these roles is asked by the present level. Whoever asked for the thing never is. */
export function isAsked(approval: Approval, person: { principal: string; roles: readonly Role[] }): boolean {
  const { principal, roles } = person;
  if (roles.length === 0 || principal === approval.requester || hasSignedEarlier(approval, principal)) return false;
  const approvers = approval.levels[approval.level]?.approvers ?? anyApprover;
  return approvers.some((approver) =>
    'user' in approver ? approver.user === principal : roles.includes(approver.role),
  );
}

/** Whether approvals has this decision of the person about the level and the plan that a link is bound to. */
export const isTaken = (approval: Approval, link: Bond, decision: 'approve' | 'reject'): boolean =>
  approval.plan.hash === link.planHash &&
  approval.decisions.some((one) => one.by === link.principal && one.level === link.level && one.decision === decision);
