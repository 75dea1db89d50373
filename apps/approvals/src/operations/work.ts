import type { Transaction } from '../database/transaction.repository';
import type { Voice } from '../journal/change.service';
import type { Admission } from '../policies/admission.policy';
import type { Change } from './change';
import type { SceneOrder } from './operation.repository';
import type { Scene } from './scene';

/** One open transaction, as those who decide see it. */
export interface Work {
  readonly manager: Transaction;
  /** Locks VMs and reads what decisions about them need. A VM that is not there has no scene. */
  readonly scenes: (order: SceneOrder) => Promise<Scene[]>;
  /** A scene without a VM. */
  readonly emptyScene: () => Promise<Scene>;
  /** Reads what plans are judged by into their changes, and locks what they may take quota from: after all VMs, in the order of locks. */
  readonly terms: (changes: readonly Change[]) => Promise<Admission>;
  /** Stores what was decided; its journal rows and commands go with the transaction. */
  readonly store: (changes: readonly Change[]) => Promise<void>;
  /** As `Voice.meanwhile`. */
  readonly meanwhile: Voice['meanwhile'];
}
