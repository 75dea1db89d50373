import { setTimeout as sleep } from 'node:timers/promises';
import { DcmError, HypervisorError, type ClaimVerdict } from '@dcm/contracts';
import type { Log } from '@dcm/runtime';

export type Verb = 'claim' | 'renew';

export interface LeaseOptions {
  /** Asks approvals once. @throws when there is no answer in time. */
  readonly ask: (verb: Verb, timeoutMs: number) => Promise<ClaimVerdict>;
  /** How long a claim may go unanswered before it is taken for lost. */
  readonly silenceMs: number;
  readonly log: Log;
  /** Whether this process wants to end: then an unanswered claim is not asked again. */
  readonly isClosing?: () => boolean;
  /** Milliseconds on a clock that never jumps; default `performance.now`. The wall clock is never asked. */
  readonly now?: () => number;
}

const askTimeoutMs = 5_000;

/** Why a worker may no longer act: `stop` ends the work and reports what is, `drop` forgets it. */
export type LeaseEnd = Exclude<ClaimVerdict, { verdict: 'go' }>;

/**
 * The right to act on one attempt, renewed every third of its time. It is counted from the moment of asking, so that it ends here no later
 * than approvals believes; a process that was paused finds it over before its timers have noticed.
 */
export class Lease {
  private readonly ended = new AbortController();
  private readonly verdict = new AbortController();
  private grantedAt: number;
  private leaseMs: number;
  private end: LeaseEnd | undefined;

  private constructor(
    private readonly options: LeaseOptions,
    askedAt: number,
    leaseMs: number,
  ) {
    this.grantedAt = askedAt;
    this.leaseMs = leaseMs;
    void this.keep();
  }

  /**
   * Claims, asking again until there is an answer.
   * @returns what approvals says instead when it does not say go.
   * @throws DcmError UNAVAILABLE when there is no answer for `silenceMs`, or none yet when this process closes.
   */
  static async claim(options: LeaseOptions): Promise<Lease | LeaseEnd> {
    const now = options.now ?? (() => performance.now());
    const until = now() + options.silenceMs;
    for (;;) {
      const askedAt = now();
      try {
        const verdict = await options.ask('claim', Math.min(askTimeoutMs, options.silenceMs));
        return verdict.verdict === 'go' ? new Lease(options, askedAt, verdict.leaseMs) : verdict;
      } catch (error) {
        options.log.debug({ err: error }, 'a claim is not answered');
        if (now() >= until || options.isClosing?.() === true) {
          throw new DcmError('UNAVAILABLE', 'Unable to claim the operation: approvals does not answer', {
            cause: error,
          });
        }
      }
      await sleep(Math.min(200, options.silenceMs / 10));
    }
  }

  /** Aborts with a HypervisorError once approvals says stop or drop. */
  get signal(): AbortSignal {
    return this.verdict.signal;
  }

  /** Approvals wants to hear nothing more of this copy. */
  get isDropped(): boolean {
    return this.end?.verdict === 'drop';
  }

  /** Why nothing may be changed now, or undefined. */
  refusal(): { reason: 'CLAIM_LOST' | 'CANCELLED'; message: string } | undefined {
    if (this.end !== undefined) {
      return { reason: this.end.verdict === 'drop' ? 'CLAIM_LOST' : 'CANCELLED', message: this.end.reason };
    }
    const holdsMs = Math.min(this.leaseMs, this.options.silenceMs);
    const silentMs = Math.round(this.now() - this.grantedAt);
    if (silentMs < holdsMs) return undefined;
    return { reason: 'CLAIM_LOST', message: `the claim was not renewed for ${silentMs} ms` };
  }

  /** Stops renewing. */
  release(): void {
    this.ended.abort();
  }

  private now(): number {
    return this.options.now?.() ?? performance.now();
  }

  private async keep(): Promise<void> {
    // A claim that was answered late has used up some of its time.
    let waitMs = Math.max(0, this.leaseMs / 3 - (this.now() - this.grantedAt));
    while (this.end === undefined) {
      await sleep(waitMs, undefined, { signal: this.ended.signal, ref: false }).catch(() => undefined);
      if (this.ended.signal.aborted) return;
      waitMs = (await this.renew()) ? this.leaseMs / 3 : this.leaseMs / 12;
    }
  }

  /** @returns whether there was an answer. */
  private async renew(): Promise<boolean> {
    const askedAt = this.now();
    try {
      const verdict = await this.options.ask('renew', Math.min(askTimeoutMs, Math.max(1, this.leaseMs / 3)));
      if (verdict.verdict === 'go') {
        this.grantedAt = askedAt;
        this.leaseMs = verdict.leaseMs;
      } else {
        this.end = verdict;
        const reason = verdict.verdict === 'drop' ? 'CLAIM_LOST' : 'CANCELLED';
        this.verdict.abort(new HypervisorError(reason, verdict.reason, { effect: 'UNKNOWN' }));
      }
      return true;
    } catch (error) {
      this.options.log.warn({ err: error }, 'a claim is not renewed');
      return false;
    }
  }
}
