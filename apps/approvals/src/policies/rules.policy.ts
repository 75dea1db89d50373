import type { ApprovalLevel, Policy, PolicyRule, PolicyVerdict } from '@dcm/contracts';
import { contextOf, type Context } from './context.mapper';
import type { PolicyFacts } from './facts.entity';
import { compile, placeIn, RuleFault } from './language';
import { reasonsToAsk } from './threshold.policy';

/** What one rule says of some facts: null, that it is not meant. */
type Saying = PolicyVerdict | null;

const rank = ({ tenantId, projectId }: PolicyRule): number => (tenantId === null ? 0 : projectId === null ? 1 : 2);

/** The order in which rules are asked: of the platform, of the tenant, of the project, each by `order` and id. */
export const inOrder = (rules: readonly PolicyRule[]): PolicyRule[] =>
  [...rules].sort((a, b) => rank(a) - rank(b) || a.order - b.order || (a.id < b.id ? -1 : 1));

/** Whether a rule is meant for a project at all. */
export const isInScope = (
  rule: PolicyRule,
  place: { readonly tenantId: string; readonly projectId: string },
): boolean =>
  (rule.tenantId === null || rule.tenantId === place.tenantId) &&
  (rule.projectId === null || rule.projectId === place.projectId);

const defaultHours = 72;

/** One approver or administrator of the tenant, in the time that the project gives. */
export const defaultLevel = (
  policy: Policy | null,
  onExpiry: ApprovalLevel['onExpiry'] = policy?.onExpiry ?? 'reject',
): ApprovalLevel => ({
  mode: 'ANY_OF',
  approvers: [{ role: 'approver' }, { role: 'tenant-admin' }],
  minApprovals: 1,
  expiresInHours: policy?.approvalTtlHours ?? defaultHours,
  onExpiry,
});

type OverQuota = Pick<Exclude<PolicyVerdict, { kind: 'reject' }>, 'overQuota'>;

/** A tenant's own rule raises no limit of the tenant: that is the platform's. */
const overQuotaOf = ({ overQuota, tenantId }: PolicyRule): OverQuota =>
  overQuota === undefined ? {} : { overQuota: { ...overQuota, raises: tenantId === null ? 'tenant' : 'project' } };

function effectOf(rule: PolicyRule): PolicyVerdict {
  const { name, effect } = rule;
  if (effect.kind === 'reject') return { kind: 'reject', rule: name, reason: effect.reason };
  if (effect.kind === 'approve') return { kind: 'approve', rule: name, ...overQuotaOf(rule) };
  const reasons = [`rule ${name} wants approval`];
  return { kind: 'ask', rule: name, reasons, levels: effect.levels, ...overQuotaOf(rule) };
}

/** A rule that has no answer is a question to people: nothing is approved because a rule is broken. */
function askInDoubt({ name, effect }: PolicyRule, cause: string, { thresholds }: PolicyFacts): PolicyVerdict {
  const levels = effect.kind === 'ask' ? effect.levels : [defaultLevel(thresholds, 'reject')];
  return { kind: 'ask', rule: name, reasons: [`rule ${name} could not be evaluated: ${cause}`], levels };
}

function say(rule: PolicyRule, facts: PolicyFacts, context: Context): Saying {
  const compiled = compile(rule.when);
  if ('fault' in compiled) {
    const { message, offset } = compiled.fault;
    return askInDoubt(rule, `${message} (${placeIn(rule.when, offset)})`, facts);
  }
  try {
    return compiled.program.run(context.values, context.lists) ? effectOf(rule) : null;
  } catch (error) {
    if (error instanceof RuleFault) return askInDoubt(rule, error.message, facts);
    throw error;
  }
}

/** What the project's own thresholds say: they are about what a request takes, of all its VMs, and nobody takes more by deleting one. */
function byThresholds({ thresholds, request }: PolicyFacts): PolicyVerdict {
  if (request.kind === 'vm.delete') return { kind: 'approve', rule: null };
  const { cpus, memoryMib, diskGib, count } = request;
  const taken = { vcpus: cpus * count, memoryMib: memoryMib * count, diskGib: diskGib * count };
  const reasons = thresholds === null ? [] : reasonsToAsk(thresholds, taken);
  if (reasons.length === 0) return { kind: 'approve', rule: null };
  return { kind: 'ask', rule: null, reasons, levels: [defaultLevel(thresholds)] };
}

/** What is decided, and the rule that did; null: the thresholds. */
export interface Decided {
  readonly rule: PolicyRule | null;
  readonly verdict: PolicyVerdict;
}

/** As `evaluate`, with the rule that decided. */
export function decideBy(rules: readonly PolicyRule[], facts: PolicyFacts): Decided {
  const asked = inOrder(rules).filter(({ enabled, operations }) => enabled && operations.includes(facts.request.kind));
  if (asked.length > 0) {
    const context = contextOf(facts);
    for (const rule of asked) {
      const verdict = say(rule, facts, context);
      if (verdict !== null) return { rule, verdict };
    }
  }
  return { rule: null, verdict: byThresholds(facts) };
}

/** The first rule that matches decides; when none does, the project's thresholds. Rules of other tenants and projects do not belong here. */
export const evaluate = (rules: readonly PolicyRule[], facts: PolicyFacts): PolicyVerdict =>
  decideBy(rules, facts).verdict;
