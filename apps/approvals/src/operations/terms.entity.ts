import type { NeededApproval, Price, QuotaChange, Quota, Rate } from '@dcm/contracts';
import type { RuleBook } from '../policies/facts.entity';

/** What a plan is judged by at one time: rates in force, the quotas of its tenant and project that have limits, and the rules of its project; null: there is none. */
export interface Tariff {
  readonly rates: readonly Rate[];
  readonly quotas: readonly Quota[];
  readonly book: RuleBook | null;
}

/** What a plan says besides what its site answered. */
export interface PlanTerms {
  readonly price: Price | null;
  readonly quota: readonly QuotaChange[];
  readonly approval: NeededApproval | null;
}
