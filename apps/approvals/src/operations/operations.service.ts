import { Injectable } from '@nestjs/common';
import { DcmError, type OperationId, type VmId } from '@dcm/contracts';
import { isInfrastructureError } from '@dcm/messaging';
import { Batch, type Outcome } from '../database/batch';
import type { Transaction } from '../database/transaction.repository';
import { PromptDispatch } from '../dispatch/prompt-dispatch.service';
import { ChangeService } from '../journal/change.service';
import type { Admission } from '../policies/admission.policy';
import { changesOf } from './batch.policy';
import type { Change } from './change';
import { CommitRepository } from './commit.repository';
import { OperationRepository } from './operation.repository';
import type { Work } from './work';

/** What a decision is about. */
export interface Target {
  readonly vmId: VmId;
  readonly operationId?: OperationId;
  /** Whether it wants more of the quota than is held, by what is known under the VM's lock: then its scopes are locked before it is taken. */
  readonly wantsQuota?: (change: Change) => boolean;
  /** Whether it may want another instance number: then one is taken first, and lost if it is not used. */
  readonly wantsNumber?: boolean;
  /** Whether it takes a plan: then it finds the rates in force, and the limited quotas as they are. */
  readonly wantsTariff?: boolean;
}

/**
 * Decides in memory, and without waiting: many are decided in one transaction, one after the other.
 * @param admission of the locked scopes; empty unless its target wants quota.
 */
type Decide<T> = (change: Change, admission: Admission) => T;

type ChangesByVm = ReadonlyMap<VmId, Change>;

interface Decision {
  readonly target: Target;
  readonly decide: Decide<void>;
}

/** Whether others may begin in the places that become free, and whether some did. */
interface Refill {
  readonly isWanted: boolean;
  hasBegun: boolean;
}

const refilling = (): Refill => ({ isWanted: true, hasBegun: false });
const freeing = (): Refill => ({ isWanted: false, hasBegun: false });

const largestBatch = 64;
const lanes = 2;

/** The way to decide about operations: read under lock, decide in memory, store, tell, in one transaction. */
@Injectable()
export class OperationsService {
  private readonly batch = new Batch<Decision, boolean>((decisions) => this.decideAll(decisions, refilling()), {
    size: largestBatch,
    lanes,
    keyOf: ({ target }) => target.vmId,
  });

  constructor(
    private readonly changes: ChangeService,
    private readonly operations: OperationRepository,
    private readonly commits: CommitRepository,
    private readonly prompt: PromptDispatch,
  ) {}

  /**
   * @param decide may run again after a deadlock: it has no effect but through its work.
   * @throws whatever `decide` throws; then nothing was changed.
   */
  async transact<T>(decide: (work: Work) => Promise<T>): Promise<T> {
    let stored: Change[] = [];
    const value = await this.changes.change((manager, voice) => {
      stored = [];
      return decide({
        manager,
        scenes: (order) => this.operations.lockScenes(manager, order),
        emptyScene: () => this.operations.emptyScene(manager),
        terms: async (changes) => {
          await this.readTariff(manager, changes);
          return this.commits.lockQuota(manager, changes);
        },
        store: async (changes) => {
          stored.push(...changes);
          await this.commits.store(manager, changes, voice);
        },
        meanwhile: voice.meanwhile,
      });
    });
    if (stored.some((change) => change.concernsDispatch || change.gate !== null)) this.prompt.ring();
    return value;
  }

  /**
   * Decides about one VM, in one transaction with decisions about other VMs that come at the same time.
   * @throws DcmError NOT_FOUND when there is no such VM; whatever `decide` throws; then nothing was changed.
   */
  async change<T>(target: Target, decide: Decide<T>): Promise<T> {
    const decided: T[] = [];
    const isKnown = await this.changeIfKnown(target, (change, admission) => {
      decided[0] = decide(change, admission);
    });
    if (!isKnown) throw new DcmError('NOT_FOUND', `Unable to find VM ${target.vmId}`);
    return decided[0] as T;
  }

  /** VMs as they are now, to decide about what is not stored: nothing is locked, and they may change meanwhile. */
  async peek(vmIds: readonly VmId[]): Promise<ChangesByVm> {
    return changesOf(await this.operations.peekScenes(vmIds));
  }

  /** As `change`. @returns false when there is no such VM. */
  changeIfKnown(target: Target, decide: Decide<void>): Promise<boolean> {
    return this.batch.add({ target, decide });
  }

  /**
   * One decision that cannot be stored must not take its neighbours with it, nor may work that cannot begin keep a place from being freed: they
   * are tried again one by one, and then begin nothing.
   */
  private async decideAll(decisions: readonly Decision[], refill: Refill): Promise<Outcome<boolean>[]> {
    try {
      return await this.transact((work) => this.decideTogether(work, decisions, refill));
    } catch (error) {
      const isAlone = decisions.length === 1 && !refill.hasBegun;
      if (isAlone || isInfrastructureError(error)) return decisions.map(() => ({ error }));
      const outcomes: Outcome<boolean>[] = [];
      for (const one of decisions) outcomes.push(...(await this.decideAll([one], freeing())));
      return outcomes;
    }
  }

  private async decideTogether(
    work: Work,
    decisions: readonly Decision[],
    refill: Refill,
  ): Promise<Outcome<boolean>[]> {
    const targets = decisions.map(({ target }) => target);
    const scenes = await work.scenes({
      vmIds: targets.map(({ vmId }) => vmId),
      operationIds: targets.flatMap(({ operationId }) => operationId ?? []),
    });
    const changes: ChangesByVm = changesOf(scenes);
    // Numbers before quota: that is the order of locks.
    for (const { vmId, wantsNumber } of targets) {
      const change = changes.get(vmId);
      if (change?.scene.site == null || wantsNumber !== true) continue;
      change.nextNumber = await this.commits.nextNumber(work.manager, change.site.name);
    }
    const priced = targets.flatMap(({ vmId, wantsTariff }) => (wantsTariff === true ? (changes.get(vmId) ?? []) : []));
    await this.readTariff(work.manager, priced);
    const wanting = targets.flatMap(({ vmId, wantsQuota }) => {
      const change = changes.get(vmId);
      return change !== undefined && wantsQuota?.(change) === true ? [change] : [];
    });
    const admission = await this.commits.lockQuota(work.manager, wanting);
    const decided = new Set<Change>();
    const outcomes = decisions.map(({ target, decide }): Outcome<boolean> => {
      const change = changes.get(target.vmId);
      if (change === undefined) return { value: false };
      const together = [change, ...change.batch];
      try {
        decide(change, admission);
        for (const one of together) decided.add(one);
        return { value: true };
      } catch (error) {
        // Another decision of this transaction may be about the same VMs.
        if (together.length > 1 && decisions.length > 1) throw error;
        return { error };
      }
    });
    await this.prompt.begin(work.manager, decided);
    await work.store([...decided]);
    if (refill.isWanted) refill.hasBegun = await this.prompt.refill(work, decided);
    return outcomes;
  }

  private async readTariff(manager: Transaction, changes: readonly Change[]): Promise<void> {
    const tariffs = await this.commits.tariffsOf(manager, changes);
    changes.forEach((change, index) => {
      change.tariff = tariffs[index] ?? change.tariff;
    });
  }
}
