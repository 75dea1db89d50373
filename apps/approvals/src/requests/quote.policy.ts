import {
  operationIdSchema,
  requestOfQuote,
  type BatchPlace,
  type DcmErrorBody,
  type Plan,
  type Quote,
  type QuoteRequest,
  type TenantId,
  type VmSpec,
} from '@dcm/contracts';
import { newId } from '@dcm/runtime';
import { runningPriceOf } from '../billing/price.policy';
import { atPrice, plannedAmounts, renamed, summaryOf, timesOf, warningsOf } from '../operations/plan.mapper';
import { refusalOf as refusalOfPlan, termsOf, type PlanVerdict } from '../operations/planning.policy';
import type { Tariff } from '../operations/terms.entity';
import type { VmRecord } from '../operations/vm.entity';
import { excessIn } from '../policies/admission.policy';
import { createSubject } from '../policies/subject.mapper';
import { rejectionOf, ruleOnExcess, verdictOf } from '../policies/verdict.policy';
import { quotaChangesOf } from '../quota/quota.mapper';
import { completed, refusalOf, vmOf, type CreateFacts, type CreateOrder } from './create.policy';
import { singlesOf } from './single.policy';

/** The VM that would be. */
export type QuotedVm = VmRecord & { readonly spec: VmSpec };

/** One project of a quote, and what is known before its site is asked. */
export interface QuoteCase {
  readonly projectId: CreateOrder['body']['projectId'];
  readonly requester: string;
  readonly facts: CreateFacts | null;
  /** It is the first of several. */
  readonly batch?: BatchPlace;
  /** null: there can be none. */
  readonly vm: QuotedVm | null;
  /** Why there can be none. */
  readonly error: DcmErrorBody | null;
}

/** Whose project, and who asks. */
export interface QuotePlace {
  readonly projectId: QuoteCase['projectId'];
  readonly tenantId: TenantId;
  readonly requester: string;
}

/** The request that nobody sends: of an id of its own, so that nothing is known by it. */
const orderOf = (body: QuoteRequest, { projectId, tenantId, requester }: QuotePlace): CreateOrder => ({
  id: operationIdSchema.parse(newId()),
  kind: 'vm.create',
  tenantId,
  requester,
  payloadSha256: '',
  traceparent: null,
  body: requestOfQuote(body, projectId),
  isRelayed: true,
});

/**
 * What would be asked of a project's site: by the same rules as a request.
 * @param known for each VM that is asked for
 */
export function quoteCaseOf(
  body: QuoteRequest,
  place: QuotePlace,
  known: readonly CreateFacts[],
  now: Date,
): QuoteCase {
  const { projectId, requester } = place;
  const all = singlesOf(orderOf(body, place)).flatMap((asked, index) => {
    const facts = known[index];
    return facts === undefined ? [] : [{ order: completed(asked, facts), facts }];
  });
  const [first] = all;
  const errors = all.flatMap(({ order, facts }) => refusalOf(order, facts) ?? []);
  const error = errors[0] ?? null;
  const vm = first !== undefined && error === null ? vmOf(first.order, first.facts, now, 0) : undefined;
  const quoted = vm?.spec == null ? null : { ...vm, spec: vm.spec };
  const batch = first?.order.batch;
  return {
    projectId,
    requester,
    facts: first?.facts ?? null,
    error,
    vm: quoted,
    ...(batch !== undefined && { batch }),
  };
}

const placeOf = ({ projectId, facts }: QuoteCase): Pick<Quote, 'projectId' | 'site' | 'platform'> => ({
  projectId,
  site: facts?.site ?? null,
  platform: facts?.platform ?? null,
});

/** A project about which nothing can be said, and why. */
export const quoteOfError = (one: QuoteCase, error: DcmErrorBody): Quote => ({
  ...placeOf(one),
  plan: null,
  diagnostics: [],
  verdict: null,
  error,
});

/** What is decided about a request that holds nothing yet. */
function judge(
  { requester, facts, batch }: QuoteCase,
  { doc, spec }: QuotedVm,
  plan: Plan,
  { rates, quotas, book, now }: Tariff & { readonly now: Date },
): PlanVerdict {
  const planned = plannedAmounts(spec, plan);
  const price = runningPriceOf(planned, rates, doc, now);
  const amounts = atPrice(planned, price);
  const total = timesOf(amounts, batch?.count ?? 1);
  const excess = excessIn(quotas, total);
  const view = { amounts, price, losses: plan.losses, warnings: warningsOf(plan) };
  const around = { book, thresholds: facts?.policy ?? null, now, isQuotaExceeded: excess !== null };
  const said = verdictOf(createSubject(doc, spec, view, { requester, ...(batch !== undefined && { batch }) }), around);
  return { ...ruleOnExcess(said, excess), price, quota: quotaChangesOf(quotas, total, null) };
}

/** What a project's site answered, with everything that would be decided about it. */
export function quoteOfPlan(one: QuoteCase, vm: QuotedVm, plan: Plan, tariff: Tariff & { readonly now: Date }): Quote {
  const verdict = judge(one, vm, plan, tariff);
  const refusal = refusalOfPlan(plan);
  const said = {
    plan: summaryOf(vm, plan, termsOf(verdict), one.batch),
    diagnostics: plan.diagnostics,
    verdict: refusal === null ? verdict.policy : null,
    error: refusal ?? rejectionOf(verdict.policy) ?? verdict.quotaError,
  };
  // There is no id yet that the name on the platform could end with.
  return { ...placeOf(one), ...renamed(said, vm.spec, `${vm.spec.name}-…`) };
}
