import { Injectable } from '@nestjs/common';
import { noAmount, type DcmErrorBody, type ProjectId, type ResourceAmount } from '@dcm/contracts';
import { failpoint } from '@dcm/runtime';
import type { Transaction } from '../database/transaction.repository';
import { Change } from '../operations/change';
import { OperationsService } from '../operations/operations.service';
import type { Work } from '../operations/work';
import type { Scene } from '../operations/scene';
import { Admission, sumOf } from '../policies/admission.policy';
import { PoliciesRepository } from '../policies/policies.repository';
import { LedgerRepository, type Hold } from '../quota/ledger.repository';
import {
  admitCreate,
  admitMember,
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
import { singlesOf } from './single.policy';

/** A create of one VM with what DCM knows of what it names, and why it cannot be, if it cannot. */
interface Candidate {
  /** Without its image's defaults. */
  readonly asked: CreateOrder;
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

/** One request's creates: all of them can be, or none. */
type Group = readonly Candidate[];

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
      const groups = await this.check(work.manager, orders);
      if (groups.length === 0) return;
      const possible = groups.filter(isPossible);
      const pool = await this.poolFor(work, possible.flat());
      const escalating = await this.escalating(work.manager, pool, possible);
      const decided = groups.flatMap((group) => decide({ ...pool, escalating }, group));
      const holds = decided.flatMap(({ hold }) => hold ?? []);
      work.meanwhile(this.ledger.holdAll(work.manager, holds));
      await work.store(decided.map(({ change }) => change));
      const asked = groups.flat().map((one) => ({ operationId: one.asked.id, ...askedOfCreate(one.asked) }));
      work.meanwhile(this.intake.keep(work.manager, asked));
      failpoint('create.before');
    });
    failpoint('create.committed');
  }

  /** @returns one group for each request that did not come before. */
  private async check(manager: Transaction, orders: readonly CreateOrder[]): Promise<Group[]> {
    const ids = orders.map((order) => order.id);
    const singles = orders.map(singlesOf);
    const names = singles.flat().map(({ body }) => createNamesOf(body, body.projectId));
    const [existing, facts, earlier] = await Promise.all([
      this.intake.existing(manager, ids),
      this.intake.createFacts(manager, names),
      this.intake.earlier(manager, orders),
    ]);
    let next = 0;
    const groups = singles.map((group) =>
      ofOneMind(
        group.flatMap((asked) => {
          const known = facts[next++];
          if (known === undefined) return [];
          const order = completed(asked, known);
          const error = refusalOf(order, known) ?? refusalOfResubmit(order, earlier);
          return [{ asked, order, facts: known, error }];
        }),
      ),
    );
    const isFresh = orders.map((order) => !isRepeat(order, existing.get(order.id)));
    return groups.filter((_, index) => isFresh[index]);
  }

  /** Numbers before quota: that is the order of locks. */
  private async poolFor({ manager, emptyScene }: Work, possible: readonly Candidate[]): Promise<Pool> {
    const counts = new Map<string, number>();
    for (const { facts } of possible) {
      if (facts.site !== null) counts.set(facts.site, (counts.get(facts.site) ?? 0) + 1);
    }
    const scopeIds = possible.flatMap(({ order }) => [order.tenantId, order.body.projectId]);
    const [numbers, quotas, empty] = await Promise.all([
      this.intake.takeNumbers(manager, counts),
      this.ledger.lockLimited(manager, [...new Set<string>(scopeIds)]),
      emptyScene(),
    ]);
    return { numbers, admission: new Admission(quotas), empty };
  }

  /** Rules are read only where requests may exceed what is left. */
  private async escalating(
    manager: Transaction,
    { admission }: Pool,
    possible: readonly Group[],
  ): Promise<ReadonlySet<ProjectId>> {
    const trial = admission.copy();
    const exceeding = possible.flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      const { tenantId, body } = first.order;
      return trial.admit([tenantId, body.projectId], askedByAll(group)) === null ? [] : [body.projectId];
    });
    return exceeding.length === 0 ? new Set() : this.policies.escalating(manager, exceeding, 'vm.create');
  }
}

const isPossible = (group: Group): boolean => group.every(({ error }) => error === null);

/** What speaks against one of them speaks against all. */
function ofOneMind(group: Group): Group {
  const error = group.find((one) => one.error !== null)?.error ?? null;
  return group.map((one) => ({ ...one, error }));
}

const askedByAll = (group: Group): ResourceAmount =>
  group.map(({ order, facts }) => askedBy(order, facts)).reduce(sumOf, noAmount);

/** Decides on one request; what it gets is taken from the pool. */
function decide(pool: DecidingPool, group: Group): Decided[] {
  const begun = group.map((one) => ({ ...one, change: changeFor(pool, one) }));
  const error = begun.find((one) => one.error !== null)?.error ?? null;
  const isWhole = error === null && begun.every(({ change }) => change.hasVm && change.vm.spec !== null);
  if (isWhole) return admit(pool, begun);
  return refuseAll(begun, error ?? { code: 'INTERNAL', message: 'Unable to decide on the request' });
}

function changeFor(pool: DecidingPool, { order, facts, error }: Candidate): Change {
  const { empty } = pool;
  const number = error === null ? takeNumber(pool, facts.site) : null;
  const vm = vmOf(order, facts, empty.now, number);
  return new Change({ ...empty, vm: vm ?? null, site: gateOf(facts), policy: facts.policy });
}

type Begun = Candidate & { readonly change: Change };

function refuseAll(begun: readonly Begun[], error: DcmErrorBody): Decided[] {
  return begun.map(({ change, order }) => {
    refuseCreate(change, order, error);
    return { change, hold: null };
  });
}

function admit({ admission, escalating }: DecidingPool, begun: readonly Begun[]): Decided[] {
  const [first] = begun;
  if (first === undefined) return [];
  const { tenantId, projectId } = first.change.vm.doc;
  const excess = admission.admit([tenantId, projectId], askedByAll(begun));
  // Nothing is held until those have signed who may raise the quota for it.
  if (excess !== null && !escalating.has(projectId)) return refuseAll(begun, excess);
  return begun.map(({ change, order, facts }) => {
    begin(change, order);
    const { id: vmId } = change.vm.doc;
    const hold = excess === null ? { vmId, tenantId, projectId, amounts: askedBy(order, facts) } : null;
    return { change, hold };
  });
}

function begin(change: Change, order: CreateOrder): void {
  const { batch } = order;
  if (batch !== undefined) change.noteVm({ batchId: batch.id });
  if (batch === undefined || batch.index === 1) admitCreate(change, order);
  else admitMember(change, order, batch);
}

function takeNumber({ numbers }: Pool, site: string | null): number | null {
  const next = numbers.get(site ?? '');
  if (next === undefined || site === null) return null;
  numbers.set(site, next + 1);
  return next;
}

const gateOf = ({ site, platform, announcedAt }: CreateFacts): Scene['site'] =>
  site === null || platform === null ? null : { name: site, platform, ...unused, isAnnounced: announcedAt !== null };

/** What no create looks at. */
const unused = { publisher: '', looksAtOnce: 1, pausedUntil: null, pauses: 0 };
