import type { DcmErrorBody, Policy, PolicyVerdict } from '@dcm/contracts';
import type { RuleBook } from './facts.entity';
import { factsOf, type Subject } from './facts.mapper';
import { evaluate } from './rules.policy';

/** What a request is decided under. */
export interface Circumstances {
  /** null: no rule is in force for the project. */
  readonly book: RuleBook | null;
  readonly thresholds: Policy | null;
  readonly now: Date;
  readonly isQuotaExceeded: boolean;
}

/** What is decided about a request. Without rules only the thresholds are looked at. */
export function verdictOf(subject: Subject, { book, ...around }: Circumstances): PolicyVerdict {
  const { projectId, tenantId } = subject.vm;
  const nameless = { project: { id: projectId, name: '' }, tenant: { id: tenantId, name: '' } };
  const { project, tenant } = book ?? nameless;
  return evaluate(book?.rules ?? [], factsOf(subject, { project, tenant, ...around }));
}

/** Why a request is refused, if a rule rejects it. */
export const rejectionOf = (verdict: PolicyVerdict): DcmErrorBody | null =>
  verdict.kind === 'reject'
    ? { code: 'POLICY_REJECTED', message: `The request was rejected by rule ${verdict.rule}: ${verdict.reason}` }
    : null;
