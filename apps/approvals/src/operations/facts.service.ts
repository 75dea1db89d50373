import { Injectable } from '@nestjs/common';
import {
  DcmError,
  noAmount,
  type Fact,
  type LookAnswer,
  type OperationId,
  type Plan,
  type Price,
  type ResourceAmount,
  type VmId,
  type VmSpec,
} from '@dcm/contracts';
import { failpoint, vmIdOf } from '@dcm/runtime';
import { runningPriceOf } from '../billing/price.policy';
import { beyond, isLimited, sumOf, type Admission } from '../policies/admission.policy';
import { createSubject } from '../policies/subject.mapper';
import { ruleOnExcess, verdictOf } from '../policies/verdict.policy';
import { quotaChangesOf } from '../quota/quota.mapper';
import { placeIn } from './batch.policy';
import type { Change } from './change';
import { observed } from './look.policy';
import { OperationRepository } from './operation.repository';
import { OperationsService } from './operations.service';
import { attemptFailed, attemptSucceeded, attemptYielded, isNumberTaken } from './outcome.policy';
import { atPrice, plannedAmounts, timesOf, warningsOf } from './plan.mapper';
import { isAwaited, isFeasible, isLate, planAccepted, planFailed, type PlanVerdict } from './planning.policy';
import { attemptProgressed, isNews } from './progress.policy';

type Planned = Fact<'io.dcm.fact.planned.v1'>;

/** What a fact is about. */
interface Subject {
  readonly site: string;
  readonly instanceId: VmId;
  readonly operationId?: OperationId;
  readonly wantsQuota?: (change: Change) => boolean;
  readonly wantsNumber?: boolean;
  readonly wantsTariff?: boolean;
}

/** Who said something about which site. */
interface Witness {
  readonly site: string;
  readonly userId: string | undefined;
}

/** Takes in what provisioners report. A site's facts are believed only from that site's publisher. */
@Injectable()
export class FactsService {
  constructor(
    private readonly operations: OperationRepository,
    private readonly service: OperationsService,
  ) {}

  /** @throws DcmError PERMISSION_DENIED for anybody but the site's publisher, NOT_FOUND for an unknown operation; so do all others. */
  async planned(fact: Planned, userId: string | undefined): Promise<void> {
    const { result, operationId } = fact;
    // Only creates are planned.
    const about = { ...fact, instanceId: vmIdOf(operationId) };
    const wantsQuota = (change: Change): boolean => result.ok && isMore(change, result.plan);
    await this.take({ ...about, wantsQuota, wantsTariff: result.ok }, userId, (change, admission) => {
      if (isLate(change, fact)) return;
      if (!result.ok) planFailed(change, operationId, result.error);
      else if (isAwaited(change, operationId)) {
        planAccepted(change, operationId, result.plan, verdictOn(change, operationId, admission, result.plan));
      }
    });
  }

  async progress(fact: Fact<'io.dcm.fact.progress.v1'>, userId: string | undefined): Promise<void> {
    const known = await this.operations.peek(fact.operationId);
    // Most progress is not worth a transaction.
    if (known !== undefined && !isNews(known.operation, fact, known.now)) return;
    await this.take(fact, userId, (change) => {
      attemptProgressed(change, fact.operationId, fact);
    });
  }

  async yielded(fact: Fact<'io.dcm.fact.yielded.v1'>, userId: string | undefined): Promise<void> {
    await this.take(fact, userId, (change) => {
      attemptYielded(change, fact.operationId, fact);
    });
  }

  async succeeded(fact: Fact<'io.dcm.fact.succeeded.v1'>, userId: string | undefined): Promise<void> {
    await this.take(fact, userId, (change) => {
      attemptSucceeded(change, fact.operationId, fact);
    });
  }

  async failed(fact: Fact<'io.dcm.fact.failed.v1'>, userId: string | undefined): Promise<void> {
    await this.take({ ...fact, wantsNumber: isNumberTaken(fact.error) }, userId, (change) => {
      attemptFailed(change, fact.operationId, fact);
    });
  }

  async observed(fact: Fact<'io.dcm.fact.observed.v1'>, userId: string | undefined): Promise<void> {
    await this.looked([fact], { site: fact.site, userId });
  }

  async statuses({ site, answers }: Fact<'io.dcm.fact.statuses.v1'>, userId: string | undefined): Promise<void> {
    await this.looked(answers, { site, userId });
  }

  /** Most looks show what is known: they are worth no transaction. One that cannot be taken keeps the others from nothing. */
  private async looked(answers: readonly LookAnswer[], witness: Witness): Promise<void> {
    const known = await this.service.peek(answers.map(({ instanceId }) => instanceId));
    const news = answers.filter((answer) => !isKnown(known.get(answer.instanceId), answer, witness));
    const { site, userId } = witness;
    const taken = await Promise.allSettled(
      news.map((answer) =>
        this.take({ site, instanceId: answer.instanceId }, userId, (change) => {
          observed(change, answer);
        }),
      ),
    );
    for (const one of taken) if (one.status === 'rejected') throw one.reason;
  }

  private async take(
    { instanceId: vmId, operationId, site, wantsQuota, wantsNumber = false, wantsTariff = false }: Subject,
    userId: string | undefined,
    decide: (change: Change, admission: Admission) => void,
  ): Promise<void> {
    const witness = { site, userId };
    const target = {
      vmId,
      ...(operationId !== undefined && { operationId }),
      ...(wantsQuota !== undefined && { wantsQuota }),
      wantsNumber,
      wantsTariff,
    };
    const isKnown = await this.service.changeIfKnown(target, (change, admission) => {
      if (!isBelieved(change, witness)) throw disbelief(witness);
      decide(change, admission);
      failpoint('fact.before');
    });
    failpoint('fact.committed');
    if (!isKnown) throw await this.stranger(witness, `VM ${vmId}`);
  }

  /** A liar learns nothing; a provisioner that speaks of what nobody knows is heard by people. */
  private async stranger(witness: Witness, what: string): Promise<DcmError> {
    const believed = await this.operations.siteFactsPublisher(witness.site);
    if (believed === undefined || believed !== witness.userId) return disbelief(witness);
    return new DcmError('NOT_FOUND', `Unable to take in a fact of site ${witness.site}: ${what} is not known`);
  }
}

/** What a plan takes, at its price, and what it takes beyond what is held. */
interface Asked {
  readonly amounts: ResourceAmount;
  readonly price: Price | null;
  /** Of all VMs that are decided about together. */
  readonly total: ResourceAmount;
  /** What is held for all of them; null: nothing. */
  readonly held: ResourceAmount | null;
  /** null: it asks for no more than is held, or no limit of its tenant and project is about that. */
  readonly more: ResourceAmount | null;
}

function askedBy(change: Change, spec: VmSpec, plan: Plan): Asked {
  const { vm, tariff, now } = change;
  const planned = plannedAmounts(spec, plan);
  const price = runningPriceOf(planned, tariff.rates, vm.doc, now);
  const amounts = atPrice(planned, price);
  const all = change.batch.length > 0 ? change.batch : [change];
  const total = timesOf(amounts, all.length);
  const holds = all.flatMap(({ scene }) => scene.amounts ?? []);
  const held = holds.length === 0 ? null : holds.reduce(sumOf, noAmount);
  const more = beyond(total, held);
  return { amounts, price, total, held, more: isLimited(tariff.quotas, more) ? more : null };
}

/** Whether a plan needs the locks of its tenant and project. */
function isMore(change: Change, plan: Plan): boolean {
  const { spec } = change.vm;
  return spec !== null && isFeasible(plan) && askedBy(change, spec, plan).more !== null;
}

/** What the rooms beside say of a plan that would be taken. */
function verdictOn(change: Change, id: OperationId, admission: Admission, plan: Plan): PlanVerdict {
  const { spec, doc } = change.vm;
  if (spec === null || !isFeasible(plan)) return nothingToSay;
  const { policy: thresholds } = change.scene;
  const { quotas, book } = change.tariff;
  const { amounts, price, total, held, more } = askedBy(change, spec, plan);
  const scopes = [doc.tenantId, doc.projectId];
  const excess = more === null ? null : admission.excess(scopes, more);
  const view = { amounts, price, losses: plan.losses, warnings: warningsOf(plan) };
  const { requester } = change.operation(id).doc;
  const batch = placeIn(change, id);
  const subject = createSubject(doc, spec, view, { requester, ...(batch !== undefined && { batch }) });
  const said = verdictOf(subject, { book, thresholds, now: change.now, isQuotaExceeded: excess !== null });
  // What is rejected takes nothing from those who come after it.
  if (more !== null && said.kind !== 'reject') admission.admit(scopes, more);
  return { ...ruleOnExcess(said, excess), price, quota: quotaChangesOf(quotas, total, held) };
}

const nothingToSay: PlanVerdict = {
  quotaError: null,
  policy: { kind: 'approve', rule: null },
  price: null,
  quota: [],
};

const isBelieved = ({ site: { name, publisher } }: Change, { site, userId }: Witness): boolean =>
  site === name && userId === publisher;

/** Whether what was seen would change nothing. What cannot be told is to be found out under the VM's lock. */
function isKnown(change: Change | undefined, answer: LookAnswer, witness: Witness): boolean {
  if (change === undefined || !isBelieved(change, witness)) return false;
  observed(change, answer);
  return change.changedVm === null;
}

const disbelief = ({ site, userId }: Witness): DcmError =>
  new DcmError('PERMISSION_DENIED', `Unable to believe ${userId ?? 'a nameless publisher'} on site ${site}`);
