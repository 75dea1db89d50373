import type { NeededApproval, Price, QuotaChange, Quota, Rate } from '@dcm/contracts';

/** What the platform's rules say of a plan's figures at one time: rates in force, and the quotas of its tenant and project. */
export interface Tariff {
  readonly rates: readonly Rate[];
  readonly quotas: readonly Quota[];
}

/** What a plan says besides what its site answered. */
export interface PlanTerms {
  readonly price: Price | null;
  readonly quota: readonly QuotaChange[];
  readonly approval: NeededApproval | null;
}
