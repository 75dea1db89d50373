import { OperationYielded, type Effect, type OperationContext } from '@dcm/contracts';
import { Access, LONGEST_TIMER_MS, withdrawn } from './access';
import { cancelTask } from './cancellation';
import type { PveClient } from './client/pve.client';
import type { PveParameters, PvePath } from './client/pve.request';
import { readString } from './reader.mapper';
import { readToken, type Token } from './token';
import { isBusy, isForgotten } from './guest.errors';
import { isProvenUndone, isRefusal, isWaitOver } from './outcome.errors';

/** The calls that change something. */
export type Method = 'post' | 'put' | 'delete';

/** How to wait for a task. */
export interface TaskOptions {
  /** Percent of the whole operation at the task's begin and end. */
  readonly progress?: readonly [from: number, to: number];
}

/** Kept back of the budget, so that a task that goes on is handed to the next attempt. */
const LONGEST_YIELD_MARGIN_MS = 30_000;
const YIELD_MARGIN_SHARE = 0.2;
/** How long an answer is waited for after the caller withdrew: without it nobody knows the task. */
const ANSWER_GRACE_MS = 1_500;
/** How long a lock that somebody else holds is waited for. */
const BUSY_LIMIT_MS = 60_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** Changing a cluster on behalf of one attempt of one operation. It knows what became of what it did. */
export class Attempt extends Access {
  /** What is known of the effect of the whole operation so far. */
  effect: Effect = 'NONE';
  /** What an earlier attempt left. */
  readonly resumed: Token | undefined;
  /** Whether it is certain that no attempt has changed anything yet. */
  isUntouched: boolean;
  private token: Token;
  private percent = 0;
  private stepName = 'begin';
  private waitsFor: 'guest' | undefined;
  private readonly yieldMarginMs: number;

  constructor(
    client: PveClient,
    readonly operation: OperationContext,
  ) {
    super(client, operation);
    this.resumed = readToken(operation.resume);
    const { strandedAt } = this.resumed ?? {};
    this.token = { attempt: operation.attempt, ...(strandedAt !== undefined && { strandedAt }) };
    this.yieldMarginMs = Math.min(LONGEST_YIELD_MARGIN_MS, this.remainingMs() * YIELD_MARGIN_SHARE);
    const last = operation.attempt - 1;
    this.isUntouched = last === 0 || (this.resumed?.isUntouched === true && this.resumed.attempt === last);
  }

  /** Says which step begins, and whom it waits for if not for the platform; the percentage never falls. */
  step(percent: number, name: string, waitsFor?: 'guest'): void {
    this.stepName = name;
    this.waitsFor = waitsFor;
    this.advance(percent);
  }

  /** Adds to what the next attempt will be told. */
  remember(facts: Partial<Omit<Token, 'attempt'>>): void {
    this.token = { ...this.token, ...facts };
    this.operation.checkpoint(JSON.stringify(this.token));
  }

  /** What this attempt has remembered so far. */
  get remembered(): Readonly<Token> {
    return this.token;
  }

  /**
   * Makes a call that changes something, and waits for the task that it starts, if it starts one.
   * @throws HypervisorError CLAIM_LOST, CANCELLED or BUDGET_EXHAUSTED before it is made; OperationYielded when the task
   * outlasts the attempt; the client's errors
   */
  async run(method: Method, path: PvePath, params: PveParameters = {}, options: TaskOptions = {}): Promise<void> {
    this.requireTime();
    this.requireCaller();
    const late = new LateAbort(this.signal);
    const before = this.effect;
    const beforeSend = (): void => {
      this.operation.assertMayMutate();
      this.effect = 'UNKNOWN';
    };
    try {
      const task = readString(await this.client[method](path, params, { signal: late.signal, beforeSend }));
      if (task?.startsWith('UPID:') === true) {
        this.remember({ task });
        await this.waitForOwn(task, options);
      }
      this.effect = 'PARTIAL';
    } catch (error) {
      if (isProvenUndone(error)) this.effect = before;
      throw error;
    } finally {
      late.done();
    }
  }

  /** Does the work; while somebody else holds the VM's or a storage's lock, waits and does it again. */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        return await work();
      } catch (error) {
        const waitedMs = performance.now() - startedAt;
        if (!isBusy(error) || waitedMs > BUSY_LIMIT_MS || this.spareMs() < pauseMs) throw error;
        await this.pause(pauseMs);
      }
    }
  }

  /** Waits for the task that the attempt before started. @returns as `outcomeOf` */
  async finishResumed(options: TaskOptions = {}): Promise<boolean | undefined> {
    return this.resumed?.task === undefined ? undefined : this.outcomeOf(this.resumed.task, options);
  }

  /**
   * Waits for a task of an earlier attempt.
   * @returns whether it ended well; undefined when nobody knows any more: then only a look at the world helps
   */
  async outcomeOf(task: string, options: TaskOptions = {}): Promise<boolean | undefined> {
    const before = this.effect;
    this.effect = 'UNKNOWN';
    this.remember({ task, restart: this.resumed?.restart });
    try {
      await this.waitForOwn(task, options);
      this.effect = 'PARTIAL';
      return true;
    } catch (error) {
      if (!isRefusal(error) && !isForgotten(error)) throw error;
      this.effect = before;
      return isProvenUndone(error) ? false : undefined;
    }
  }

  /**
   * Waits for something of this process, as long as the attempt may.
   * @throws OperationYielded when it takes longer; PveTransportError `ABORTED` when the caller withdraws
   */
  async waitFor<T>(what: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const deadline = AbortSignal.timeout(Math.min(Math.max(0, Math.ceil(this.spareMs())), LONGEST_TIMER_MS));
    try {
      return await what(AbortSignal.any([this.signal, deadline]));
    } catch (error) {
      this.requireCaller();
      if (deadline.aborted) throw this.yielded();
      throw error;
    }
  }

  /** Milliseconds that may still be waited before the rest is left to the next attempt. */
  spareMs(): number {
    return this.remainingMs() - this.yieldMarginMs;
  }

  private yielded(): OperationYielded {
    return new OperationYielded(JSON.stringify(this.token));
  }

  private advance(percent: number): void {
    this.percent = Math.min(99, Math.max(this.percent, Math.round(percent)));
    this.operation.progress(this.percent, this.stepName, this.waitsFor);
  }

  private between([from, to]: readonly [number, number]): (percent: number) => void {
    return (percent) => {
      this.advance(from + ((to - from) * percent) / 100);
    };
  }

  /** Waits for a task of this operation; it is stopped when the operation is cancelled. */
  private async waitForOwn(task: string, { progress }: TaskOptions): Promise<void> {
    const wish = progress === undefined ? {} : { onProgress: this.between(progress) };
    const timeoutMs = this.spareMs();
    try {
      if (timeoutMs <= 0) throw this.yielded();
      await this.client.tasks.wait(task, { signal: this.signal, timeoutMs, ...wish });
    } catch (error) {
      if (isWaitOver(error)) throw this.yielded();
      if (!this.isCancelled || isRefusal(error)) throw error;
      const outcome = await cancelTask(this.client, task);
      if (outcome === 'done') this.effect = 'PARTIAL';
      throw withdrawn(outcome !== 'undone');
    }
  }
}

/** Aborts a while after another signal does. */
class LateAbort {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly source: AbortSignal) {
    source.addEventListener('abort', this.begin, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  done(): void {
    this.source.removeEventListener('abort', this.begin);
    clearTimeout(this.timer);
  }

  private readonly begin = (): void => {
    this.timer = setTimeout(() => {
      this.controller.abort(this.source.reason);
    }, ANSWER_GRACE_MS);
  };
}
