import { planSummarySchema, type PolicyRule, type PolicyTrial } from '@dcm/contracts';
import { factsOf, type Subject, type Surroundings } from './facts.mapper';
import { decideBy, isInScope } from './rules.policy';
import { createSubject, deleteSubject, resizeSubject } from './subject.mapper';
import type { PastRequest } from './past.entity';

/** What a past request was about; null for one that cannot be told any more. */
function subjectOf({ operation, goal, vm, spec }: PastRequest): Subject | null {
  const { requester } = operation;
  // Stored by whatever version was there then.
  const { data: plan = null } = planSummarySchema.nullable().safeParse(operation.plan);
  if (operation.kind === 'vm.create') return createSubject(vm, spec, plan, operation);
  if (operation.kind === 'vm.delete') return deleteSubject(vm, requester);
  if (goal?.resize === undefined) return null;
  const { amounts, price = null } = goal.resize;
  return resizeSubject(vm, goal.resize, plan ?? { amounts, price, losses: [], warnings: [] }, requester);
}

/** The rules that decide about one subject; what was once rejected for the quota exceeded it. */
export function trialOf(
  rules: readonly PolicyRule[],
  subject: Subject,
  around: Surroundings,
): Pick<PolicyTrial, 'projectId' | 'kind' | 'name' | 'requester' | 'at' | 'ruleId' | 'verdict'> {
  const { vm, kind, requester } = subject;
  const applicable = rules.filter((rule) => isInScope(rule, vm));
  const { rule, verdict } = decideBy(applicable, factsOf(subject, around));
  // A draft has no id that anybody knows.
  const ruleId = rule === null || rule.seq === 0 ? null : rule.id;
  const at = around.now.toISOString();
  return { projectId: vm.projectId, kind, name: vm.name, requester, at, ruleId, verdict };
}

/** What rules would have decided about a past request, and what really happened. */
export function trialOfPast(rules: readonly PolicyRule[], past: PastRequest): PolicyTrial[] {
  const { operation, approval, thresholds, project, tenant } = past;
  const subject = subjectOf(past);
  if (subject === null) return [];
  const now = new Date(operation.createdAt);
  const isQuotaExceeded = operation.error?.code === 'QUOTA_EXCEEDED';
  const { state, error } = operation;
  const happened = {
    state,
    error,
    approval: approval === null ? null : { state: approval.state, reason: approval.reason },
  };
  const trial = trialOf(rules, subject, { project, tenant, thresholds, now, isQuotaExceeded });
  return [{ operationId: operation.id, ...trial, happened }];
}
