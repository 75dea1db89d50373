import type { HypervisorReason, PlanDiagnostic } from '@dcm/contracts';

/** What was chosen, or why nothing can be: as a finding of the plan, and as a reason for who acts without one. */
export type Choice<T> = { readonly found: T } | Problem;

export interface Problem {
  readonly problem: PlanDiagnostic;
  readonly reason: HypervisorReason;
}

/** The whole request: where a problem lies in the site and not in a place of the request. */
export const WHOLE = '';

/** A problem of the request. */
export const problem = (
  pointer: string,
  message: string,
  reason: HypervisorReason = 'PLACEMENT_NOT_FOUND',
): Problem => ({ problem: { severity: 'error', pointer, message }, reason });
