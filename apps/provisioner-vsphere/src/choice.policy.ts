import type { HypervisorReason, PlanDiagnostic } from '@dcm/contracts';
import type { Entity } from './places';
import type { SiteOptions } from './vsphere.config';

/** What was chosen, or why nothing can be: as a finding of the plan, and as a reason for who acts without one. */
export type Choice<T> = { readonly found: T } | { readonly problem: PlanDiagnostic; readonly reason: HypervisorReason };

/** The site's own choices. */
export type Defaults = Pick<SiteOptions, 'cluster' | 'resourcePool' | 'datastore' | 'network'>;

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

/** The one with this name or path. */
export function theNamed<T extends Entity>(
  all: readonly T[],
  wanted: string,
  { what, pointer, reason }: Kind,
): Choice<T> {
  const found = all.filter(({ name, path }) => name === wanted || path === wanted);
  const [first, second] = found;
  if (first === undefined) return problem(pointer, `there is no ${what} ${wanted}`, reason);
  if (second === undefined) return { found: first };
  const paths = found.map(({ path, ref }) => `${path} (${ref.value})`).join(', ');
  return problem(pointer, `several bear the name ${wanted}, give the path of one: ${paths}`, reason);
}
