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

/** What a request exceeds: why it does not fit, and whether a limit of its tenant is among those. */
export interface Excess {
  readonly error: DcmErrorBody;
  readonly isOfTenant: boolean;
}

/** What is decided about a request, and why it does not fit if that refuses it. */
export interface Ruling {
  readonly policy: PolicyVerdict;
  readonly quotaError: DcmErrorBody | null;
}

/** A request that exceeds the quota is refused, unless the rule that decided says who may raise what it exceeds: they are asked last. */
export function ruleOnExcess(policy: PolicyVerdict, excess: Excess | null): Ruling {
  if (excess === null || policy.kind === 'reject') return { policy, quotaError: null };
  const { error, isOfTenant } = excess;
  const { overQuota, rule } = policy;
  if (overQuota === undefined || (isOfTenant && overQuota.raises === 'project')) return { policy, quotaError: error };
  const [reasons, levels] = policy.kind === 'ask' ? [policy.reasons, policy.levels] : [[], []];
  const asked = { reasons: [...reasons, causeOf(error)], levels: [...levels, ...overQuota.levels] };
  return { policy: { kind: 'ask', rule, ...asked, raises: overQuota.raises }, quotaError: null };
}

const causeOf = ({ message, details = [] }: DcmErrorBody): string =>
  `it exceeds the ${details.map((one) => one.message).join(', ') || message}`;

/** Why a request is refused, if a rule rejects it. */
export const rejectionOf = (verdict: PolicyVerdict): DcmErrorBody | null =>
  verdict.kind === 'reject'
    ? { code: 'POLICY_REJECTED', message: `The request was rejected by rule ${verdict.rule}: ${verdict.reason}` }
    : null;
