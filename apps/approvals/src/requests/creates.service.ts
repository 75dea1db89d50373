import { Injectable } from '@nestjs/common';
import type { DcmErrorBody, ProjectId } from '@dcm/contracts';
import { failpoint } from '@dcm/runtime';
import type { Transaction } from '../database/transaction.repository';
import { Change } from '../operations/change';
import { OperationsService, type Work } from '../operations/operations.service';
import type { Scene } from '../operations/scene';
import { Admission } from '../policies/admission.policy';
import { PoliciesRepository } from '../policies/policies.repository';
import { LedgerRepository, type Hold } from '../quota/ledger.repository';
import {
  admitCreate,
  askedBy,
  completed,
  refusalOf,
  refuseCreate,
  vmOf,
  type CreateFacts,
  type CreateOrder,
} from './create.policy';
import { createNamesOf, IntakeRepository } from './intake.repository';
import { isRepeat } from './order.policy';
import { askedOfCreate, refusalOfResubmit } from './resubmit.policy';

/** A create with what DCM knows of what it names, and why it cannot be, if it cannot. */
interface Candidate {
  readonly order: CreateOrder;
  readonly facts: CreateFacts;
  readonly error: DcmErrorBody | null;
}

/** What a batch shares while it is decided: the locked quota, and the numbers that were taken for it. */
interface Pool {
  readonly empty: Scene;
  readonly admission: Admission;
  /** The next number of each site. */
  readonly numbers: Map<string, number>;
}

/** The same, with the projects whose rules say who is asked about what exceeds the quota. */
interface DecidingPool extends Pool {
  readonly escalating: ReadonlySet<ProjectId>;
}

interface Decided {
  readonly change: Change;
  readonly hold: Hold | null;
}

/** Takes in create requests, many in one transaction: their quota is reserved, their plans are asked for, or they are refused. */
@Injectable()
export class CreatesService {
  constructor(
    private readonly service: OperationsService,
    private readonly intake: IntakeRepository,
    private readonly ledger: LedgerRepository,
    private readonly policies: PoliciesRepository,
  ) {}

  /**
   * @param orders of different ids and names.
   * @throws DcmError IDEMPOTENCY_KEY_REUSED when one of them is; then nothing of any was changed.
   */
  async accept(orders: readonly CreateOrder[]): Promise<void> {
    await this.service.transact(async (work) => {
      const fresh = await this.withoutRepeats(work.manager, orders);
      if (fresh.length === 0) return;
      const candidates = await this.check(work.manager, fresh);
      const pool = await this.poolFor(work, candidates.filter(isPossible));
      const escalating = await this.escalating(work.manager, pool, candidates.filter(isPossible));
      const decided = candidates.map((candidate) => decide({ ...pool, escalating }, candidate));
      const holds = decided.flatMap(({ hold }) => hold ?? []);
      await this.ledger.holdAll(work.manager, holds);
      await work.store(decided.map(({ change }) => change));
      await this.intake.keep(
        work.manager,
        fresh.map((order) => ({ operationId: order.id, ...askedOfCreate(order) })),
      );
      failpoint('create.before');
    });
    failpoint('create.committed');
  }

  private async withoutRepeats(manager: Transaction, orders: readonly CreateOrder[]): Promise<CreateOrder[]> {
    const ids = orders.map((order) => order.id);
    const earlier = await this.intake.existing(manager, ids);
    return orders.filter((order) => !isRepeat(order, earlier.get(order.id)));
  }

  private async check(manager: Transaction, orders: readonly CreateOrder[]): Promise<Candidate[]> {
    const names = orders.map(({ body }) => createNamesOf(body, body.projectId));
    const facts = await this.intake.createFacts(manager, names);
    const earlier = await this.intake.earlier(manager, orders);
    return orders.flatMap((asked, index) => {
      const known = facts[index];
      if (known === undefined) return [];
      const order = completed(asked, known);
      return [{ order, facts: known, error: refusalOf(order, known) ?? refusalOfResubmit(order, earlier) }];
    });
  }

  /** Numbers before quota: that is the order of locks. */
  private async poolFor({ manager, emptyScene }: Work, possible: readonly Candidate[]): Promise<Pool> {
    const counts = new Map<string, number>();
    for (const { facts } of possible) {
      if (facts.site !== null) counts.set(facts.site, (counts.get(facts.site) ?? 0) + 1);
    }
    const numbers = await this.intake.takeNumbers(manager, counts);
    const scopeIds = possible.flatMap(({ order }) => [order.tenantId, order.body.projectId]);
    const admission = new Admission(await this.ledger.lockLimited(manager, [...new Set<string>(scopeIds)]));
    return { numbers, admission, empty: await emptyScene() };
  }

  /** Rules are read only where requests may exceed what is left. */
  private async escalating(
    manager: Transaction,
    { admission }: Pool,
    possible: readonly Candidate[],
  ): Promise<ReadonlySet<ProjectId>> {
    const trial = admission.copy();
    const exceeding = possible.flatMap(({ order, facts }) => {
      const { tenantId, body } = order;
      return trial.admit([tenantId, body.projectId], askedBy(order, facts)) === null ? [] : [body.projectId];
    });
    return exceeding.length === 0 ? new Set() : this.policies.escalating(manager, exceeding, 'vm.create');
  }
}

const isPossible = ({ error }: Candidate): boolean => error === null;

/** Decides on one request; what it gets is taken from the pool. */
function decide(pool: DecidingPool, { order, facts, error }: Candidate): Decided {
  const { empty } = pool;
  const number = error === null ? takeNumber(pool, facts.site) : null;
  const vm = vmOf(order, facts, empty.now, number);
  const change = new Change({ ...empty, vm: vm ?? null, site: gateOf(facts), policy: facts.policy });
  if (error === null && vm?.spec) return admit(pool, change, { order, facts });
  refuseCreate(change, order, error ?? { code: 'INTERNAL', message: 'Unable to decide on the request' });
  return { change, hold: null };
}

function admit(
  { admission, escalating }: DecidingPool,
  change: Change,
  { order, facts }: Pick<Candidate, 'order' | 'facts'>,
): Decided {
  const { doc } = change.vm;
  const amounts = askedBy(order, facts);
  const excess = admission.admit([doc.tenantId, doc.projectId], amounts);
  if (excess === null) {
    admitCreate(change, order);
    return { change, hold: { vmId: doc.id, tenantId: doc.tenantId, projectId: doc.projectId, amounts } };
  }
  // Nothing is held until those have signed who may raise the quota for it.
  if (escalating.has(doc.projectId)) admitCreate(change, order);
  else refuseCreate(change, order, excess);
  return { change, hold: null };
}

function takeNumber({ numbers }: Pool, site: string | null): number | null {
  const next = numbers.get(site ?? '');
  if (next === undefined || site === null) return null;
  numbers.set(site, next + 1);
  return next;
}

const gateOf = ({ site, platform, announcedAt }: CreateFacts): Scene['site'] =>
  site === null || platform === null
    ? null
    : { name: site, platform, publisher: '', isAnnounced: announcedAt !== null, pausedUntil: null, pauses: 0 };
