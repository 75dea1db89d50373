import type { z } from 'zod';
import type { AdminActor, adminCalls, AdminCallName, AdminOutput } from '@dcm/contracts';

/** The validated input of an admin call. */
export type CallInput<N extends AdminCallName> = z.output<(typeof adminCalls)[N]['input']>;

/** A handler per call. @throws DcmError */
export type CallHandlers<N extends AdminCallName> = {
  readonly [K in N]: (input: CallInput<K>, actor: AdminActor) => Promise<AdminOutput<K>>;
};

/** Injection token of the handlers of all calls. */
export const CALL_HANDLERS = Symbol('CALL_HANDLERS');

/** Injection token of `OperationCalls`; the operations module provides it. */
export const OPERATION_CALLS = Symbol('OPERATION_CALLS');

/** What the admin door asks of the operations half. Dead requests need no door: they go through their own handler again. */
export interface OperationCalls {
  /**
   * Roles are checked by the callee: a writer of the operation's tenant, or a platform-admin.
   * @throws DcmError NOT_FOUND for an operation of another tenant, PERMISSION_DENIED, CONFLICT when it is final.
   */
  cancel(input: CallInput<'admin.operation.cancel'>, actor: AdminActor): Promise<AdminOutput<'admin.operation.cancel'>>;
  /** Roles as for `cancel`. @throws DcmError NOT_FOUND, PERMISSION_DENIED, CONFLICT for a VM that is not there, SITE_UNAVAILABLE, HYPERVISOR_REFUSED. */
  console(input: CallInput<'admin.vm.console'>, actor: AdminActor): Promise<AdminOutput<'admin.vm.console'>>;
  /** Roles as for `cancel`. @throws DcmError NOT_FOUND, PERMISSION_DENIED, CONFLICT when it is final, at work, or waits for something else than time. */
  retry(input: CallInput<'admin.operation.retry'>, actor: AdminActor): Promise<AdminOutput<'admin.operation.retry'>>;
  /**
   * What an operation's request said, for whoever may ask for it once more. Roles as for `cancel`.
   * @throws DcmError NOT_FOUND, PERMISSION_DENIED, CONFLICT for one that succeeded, has not ended, or was asked for by nobody.
   */
  asked(input: CallInput<'admin.operation.asked'>, actor: AdminActor): Promise<AdminOutput<'admin.operation.asked'>>;
  /** Roles: a writer or an approver of the projects' tenant. What cannot be planned is part of the answer. @throws DcmError NOT_FOUND, PERMISSION_DENIED. */
  quote(input: CallInput<'quote'>, actor: AdminActor): Promise<AdminOutput<'quote'>>;
  /** @throws DcmError NOT_FOUND, PERMISSION_DENIED, SELF_APPROVAL, PLAN_CHANGED, CONFLICT when it was decided otherwise. */
  decide(input: CallInput<'approval.decide'>, actor: AdminActor): Promise<AdminOutput<'approval.decide'>>;
}
