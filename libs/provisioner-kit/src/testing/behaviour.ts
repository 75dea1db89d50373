import type { Feature } from '@dcm/contracts';
import type { FaultName, TargetLimit } from './target';
import type { Trial } from './trial';

/** One sentence of the port's contract and the test that would break it. */
export interface Behaviour {
  /** A sentence; unique over the suite. */
  readonly title: string;
  /** Features that the adapter must declare; one that is UNSUPPORTED skips the behaviour with the adapter's reason. */
  readonly needs?: readonly Feature[];
  /** Faults that the target must offer or declare that it cannot. */
  readonly faults?: readonly FaultName[];
  /** Limits of the target that skip the behaviour. */
  readonly unlessTarget?: readonly TargetLimit[];
  /** How long it may take; default 30 s. */
  readonly timeoutMs?: number;
  /** Throws when the adapter breaks the sentence. */
  run(trial: Trial): Promise<void>;
}

export type BehaviourResult =
  | { readonly title: string; readonly outcome: 'passed'; readonly durationMs: number }
  | { readonly title: string; readonly outcome: 'skipped'; readonly reason: string }
  | { readonly title: string; readonly outcome: 'failed'; readonly durationMs: number; readonly error: string };
