import type { AdminActor, AdminOutput } from '@dcm/contracts';

type Cancel = { operationId: AdminOutput<'admin.operation.cancel'>['id'] };
type Decide = {
  approvalId: AdminOutput<'approval.decide'>['id'];
  decision: 'approve' | 'reject';
  planHash: string;
  comment: string;
};

/** Injection token of `OperationCalls`; the operations module provides it. */
export const OPERATION_CALLS = Symbol('OPERATION_CALLS');

/** What the admin door asks of the operations half. Dead requests need no door: they go through their own handler again. */
export interface OperationCalls {
  /**
   * Input is validated; roles are checked by the callee: a writer of the operation's tenant, or a platform-admin.
   * @throws DcmError NOT_FOUND for an operation of another tenant, PERMISSION_DENIED, CONFLICT when it is final.
   */
  cancel(input: Cancel, actor: AdminActor): Promise<AdminOutput<'admin.operation.cancel'>>;
  /** @throws DcmError NOT_FOUND, PERMISSION_DENIED, SELF_APPROVAL, PLAN_CHANGED, CONFLICT when it was decided otherwise. */
  decide(input: Decide, actor: AdminActor): Promise<AdminOutput<'approval.decide'>>;
}
