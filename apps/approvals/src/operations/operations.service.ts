import { Injectable } from '@nestjs/common';
import { DcmError, type OperationId, type VmId } from '@dcm/contracts';
import type { Transaction } from '../database/transaction.repository';
import { ChangeService } from '../journal/change.service';
import { Change } from './change';
import { CommitRepository } from './commit.repository';
import { OperationRepository, type SceneOrder } from './operation.repository';
import type { Scene } from './scene';
import { WorkBell } from './work-bell';

/** What a decision is about. */
export interface Target {
  readonly vmId: VmId;
  readonly operationId?: OperationId;
}

/** One open transaction, as those who decide see it. */
export interface Work {
  readonly manager: Transaction;
  /** Locks VMs and reads what decisions about them need. A VM that is not there has no scene. */
  readonly scenes: (order: SceneOrder) => Promise<Scene[]>;
  /** A scene without a VM. */
  readonly emptyScene: () => Promise<Scene>;
  /** Stores what was decided; its journal rows and commands go with the transaction. */
  readonly store: (changes: readonly Change[]) => Promise<void>;
}

/** The way to decide about operations: read under lock, decide in memory, store, tell, in one transaction. */
@Injectable()
export class OperationsService {
  constructor(
    private readonly changes: ChangeService,
    private readonly operations: OperationRepository,
    private readonly commits: CommitRepository,
    private readonly bell: WorkBell,
  ) {}

  /**
   * @param decide may run again after a deadlock: it has no effect but through its work.
   * @throws whatever `decide` throws; then nothing was changed.
   */
  async transact<T>(decide: (work: Work) => Promise<T>): Promise<T> {
    const told = { isNews: false };
    const value = await this.changes.change((manager, voice) => {
      told.isNews = false;
      return decide({
        manager,
        scenes: (order) => this.operations.lockScenes(manager, order),
        emptyScene: () => this.operations.emptyScene(manager),
        store: async (changes) => {
          told.isNews ||= changes.some((change) => change.concernsDispatch || change.gate !== null);
          await this.commits.store(manager, changes, voice);
        },
      });
    });
    if (told.isNews) this.bell.ring();
    return value;
  }

  /**
   * Decides about one VM.
   * @throws DcmError NOT_FOUND when there is no such VM; whatever `decide` throws; then nothing was changed.
   */
  async change<T>(target: Target, decide: (change: Change, manager: Transaction) => T | Promise<T>): Promise<T> {
    const decided: T[] = [];
    const isKnown = await this.changeIfKnown(target, async (change, manager) => {
      decided[0] = await decide(change, manager);
    });
    if (!isKnown) throw new DcmError('NOT_FOUND', `Unable to find VM ${target.vmId}`);
    return decided[0] as T;
  }

  /** As `change`. @returns false when there is no such VM. */
  changeIfKnown(
    { vmId, operationId }: Target,
    decide: (change: Change, manager: Transaction) => void | Promise<void>,
  ): Promise<boolean> {
    const order = { vmIds: [vmId], ...(operationId === undefined ? {} : { operationIds: [operationId] }) };
    return this.transact(async (work) => {
      const [scene] = await work.scenes(order);
      if (scene === undefined) return false;
      const change = new Change(scene);
      await decide(change, work.manager);
      await work.store([change]);
      return true;
    });
  }
}
