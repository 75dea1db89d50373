import type { HypervisorReason, PlanDiagnostic } from '@dcm/contracts';

/** What was chosen, or why nothing can be: as a finding of the plan, and as a reason for who acts without one. */
export type Choice<T> = { readonly found: T } | { readonly problem: PlanDiagnostic; readonly reason: HypervisorReason };

/** The whole request: where a problem lies in the site and not in a place of the request. */
export const WHOLE = '';

/** A problem of the request. */
export const problem = (
  pointer: string,
  message: string,
  reason: HypervisorReason = 'PLACEMENT_NOT_FOUND',
): { problem: PlanDiagnostic; reason: HypervisorReason } => ({
  problem: { severity: 'error', pointer, message },
  reason,
});

/** What is looked for, and for whom it is missing. */
export interface Kind {
  readonly what: string;
  readonly pointer: string;
  readonly reason: HypervisorReason;
}

/** The one that has this name, path or id. */
export function theNamed<T extends { readonly id: string; readonly names: readonly string[] }>(
  all: readonly T[],
  wanted: string,
  { what, pointer, reason }: Kind,
): Choice<T> {
  const key = wanted.toLowerCase();
  const found = all.filter(({ id, names }) => [id, ...names].some((name) => name.toLowerCase() === key));
  const [first, second] = found;
  if (first === undefined) return problem(pointer, `there is no ${what} ${wanted}`, reason);
  if (second === undefined) return { found: first };
  const list = found.map(({ id, names }) => `${names.at(-1) ?? ''} (${id})`).join(', ');
  return problem(pointer, `several bear the name ${wanted}, give the path or id of one: ${list}`, reason);
}
