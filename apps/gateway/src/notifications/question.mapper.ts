import { approvalSchema, isApprover, levelOf, signedEarlier, type Approval, type Role } from '@dcm/contracts';
import type { Bond } from './link';

/** @returns undefined for a document that is no approval. */
export const approvalOf = (doc: unknown): Approval | undefined => approvalSchema.safeParse(doc).data;

/** Whether somebody with these roles is asked by the present level. Whoever asked for the thing never is. */
export function isAsked(approval: Approval, person: { principal: string; roles: readonly Role[] }): boolean {
  const { principal, roles } = person;
  if (roles.length === 0 || principal === approval.requester || signedEarlier(approval, principal)) return false;
  return levelOf(approval).approvers.some((approver) => isApprover(approver, person));
}

/** Whether approvals has this decision of the person about the level and the plan that a link is bound to. */
export const isTaken = (approval: Approval, link: Bond, decision: 'approve' | 'reject'): boolean =>
  approval.plan.hash === link.planHash &&
  approval.decisions.some((one) => one.by === link.principal && one.level === link.level && one.decision === decision);
