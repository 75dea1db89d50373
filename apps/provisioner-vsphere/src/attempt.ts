import { OperationYielded, type Effect, type OperationContext } from '@dcm/contracts';
import { Access, LONGEST_TIMER_MS } from './access';
import { cancelTask, wasCancelled } from './cancellation';
import { reference, type ManagedObjectReference } from './client/managed.object';
import { readReference } from './client/reader';
import type { VimClient } from './client/vim.client';
import type { VimObject } from './client/vim.data';
import { VimTransportError } from './client/vim.errors';
import { readToken, type Token } from './token';
import { isProvenUndone, isRefusal, isWaitOver, taskInTheWay } from './vsphere.errors';

/** How to wait for a task. */
export interface TaskOptions {
  /** Percent of the whole operation at the task's begin and end. */
  readonly progress?: readonly [from: number, to: number];
  /** Looked after while the task runs: may throw to give up waiting. */
  readonly check?: () => Promise<void>;
}

/** The message is given back before its time is up, so that the next attempt can take the task over. */
const LONGEST_YIELD_MARGIN_MS = 1_500;
const YIELD_MARGIN_SHARE = 0.1;
const CHECK_EVERY_MS = 10_000;
/** How often to stand in line behind other tasks of the same VM. */
const MAX_TURNS = 5;

/**
 * One attempt of an operation that changes something. It asks for permission before each changing call, and knows what
 * has become of the hypervisor: an error says so.
 */
export class Attempt extends Access {
  /** NONE until a changing call is made, UNKNOWN while its outcome is not known, PARTIAL once something is changed. */
  effect: Effect = 'NONE';
  /** What the attempt before left, if anything. */
  readonly resumed: Token | undefined;
  /** Whether it is certain that no attempt has changed anything yet. */
  isUntouched: boolean;
  private token: Token;
  private percent = 0;
  private stepName = 'begin';
  private waitsFor: 'guest' | undefined;
  private readonly yieldMarginMs: number;

  constructor(
    client: VimClient,
    readonly operation: OperationContext,
  ) {
    super(client, operation);
    this.resumed = readToken(operation.resume);
    this.token = { attempt: operation.attempt };
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

  /**
   * Makes a call that changes something.
   * @throws HypervisorError CLAIM_LOST, CANCELLED or BUDGET_EXHAUSTED before it is made; VimFault, VimTransportError
   */
  async change(operation: string, target: ManagedObjectReference, parameters: VimObject = {}): Promise<unknown> {
    return this.changing(operation, target, parameters, (answer) => {
      this.effect = 'PARTIAL';
      return Promise.resolve(answer);
    });
  }

  /** Makes a changing call whose effect is none of the operation's, such as making a folder for all VMs. */
  async prepare(operation: string, target: ManagedObjectReference, parameters: VimObject = {}): Promise<unknown> {
    const before = this.effect;
    const answer = await this.change(operation, target, parameters);
    this.effect = before;
    return answer;
  }

  /**
   * Makes a call that changes something by a task, and waits for the task.
   * @returns the task's result
   * @throws as `change`; OperationYielded when the task outlasts the attempt
   */
  async run(
    operation: string,
    target: ManagedObjectReference,
    parameters: VimObject = {},
    options: TaskOptions = {},
  ): Promise<unknown> {
    return this.changing(operation, target, parameters, async (answer) => {
      const task = readReference(answer);
      if (task === undefined) throw new VimTransportError('UNEXPECTED_ANSWER', operation, { requestSent: true });
      this.remember({ task: task.value });
      const result = await this.waitForOwn(task, operation, options);
      this.effect = 'PARTIAL';
      return result;
    });
  }

  /** Does the work; when another task of the VM stands in its way, waits for that one and does it again. */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    for (let turn = 1; ; turn += 1) {
      try {
        return await work();
      } catch (error) {
        const other = taskInTheWay(error);
        if (other === undefined || turn === MAX_TURNS) throw error;
        await this.outlast(other);
      }
    }
  }

  /** Waits for the task that the attempt before started. @returns as `outcomeOf` */
  async finishResumed(options: TaskOptions = {}): Promise<boolean | undefined> {
    return this.resumed?.task === undefined ? undefined : this.outcomeOf(this.resumed.task, options);
  }

  /**
   * Waits for a task of an earlier attempt.
   * @returns whether it ended well; undefined when vCenter has forgotten it: then only a look at the world helps
   */
  async outcomeOf(task: string, options: TaskOptions = {}): Promise<boolean | undefined> {
    const operation = 'the task of an earlier attempt';
    const before = this.effect;
    this.effect = 'UNKNOWN';
    this.remember({ task, restart: this.resumed?.restart });
    try {
      await this.waitForOwn(reference('Task', task), operation, options);
      this.effect = 'PARTIAL';
      return true;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.effect = before;
      return isProvenUndone(error, operation) ? false : undefined;
    }
  }

  /**
   * Waits for something of this process, as long as the attempt may.
   * @throws OperationYielded when it takes longer; VimTransportError `ABORTED` when the caller withdraws
   */
  async waitFor<T>(what: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const left = this.remainingMs() - this.yieldMarginMs;
    const deadline = AbortSignal.timeout(Math.min(Math.max(0, Math.ceil(left)), LONGEST_TIMER_MS));
    try {
      return await what(AbortSignal.any([this.signal, deadline]));
    } catch (error) {
      this.requireCaller();
      if (deadline.aborted) throw this.yielded();
      throw error;
    }
  }

  private yielded(): OperationYielded {
    return new OperationYielded(JSON.stringify(this.token));
  }

  private advance(percent: number): void {
    this.percent = Math.min(99, Math.max(this.percent, Math.round(percent)));
    this.operation.progress(this.percent, this.stepName, this.waitsFor);
  }

  private async changing(
    operation: string,
    target: ManagedObjectReference,
    parameters: VimObject,
    finish: (answer: unknown) => Promise<unknown>,
  ): Promise<unknown> {
    this.requireTime();
    this.requireCaller();
    this.operation.assertMayMutate();
    const before = this.effect;
    this.effect = 'UNKNOWN';
    try {
      return await finish(await this.client.call(operation, target, parameters, { signal: this.signal }));
    } catch (error) {
      if (isProvenUndone(error, operation)) this.effect = before;
      throw error;
    }
  }

  /** Waits for a task of this operation; it is cancelled when the operation is. */
  private async waitForOwn(task: ManagedObjectReference, operation: string, options: TaskOptions): Promise<unknown> {
    try {
      return await this.wait(task, operation, options);
    } catch (error) {
      if (!wasCancelled(this.signal) || isRefusal(error)) throw error;
      const outcome = await cancelTask(this.client, task, operation);
      if (outcome === 'done') this.effect = 'PARTIAL';
      throw new VimTransportError('ABORTED', operation, { requestSent: outcome !== 'undone' });
    }
  }

  /** Another task's failure is not ours. */
  private async outlast(task: ManagedObjectReference): Promise<void> {
    try {
      await this.wait(task, 'another task of the VM', {});
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  }

  private async wait(task: ManagedObjectReference, operation: string, options: TaskOptions): Promise<unknown> {
    const [from, to] = options.progress ?? [this.percent, this.percent];
    const onProgress = (percent: number): void => {
      this.advance(from + ((to - from) * percent) / 100);
    };
    for (;;) {
      const left = this.remainingMs() - this.yieldMarginMs;
      if (left <= 0) throw this.yielded();
      const timeoutMs = options.check === undefined ? left : Math.min(left, CHECK_EVERY_MS);
      try {
        return await this.client.tasks.wait(task, { signal: this.signal, timeoutMs, onProgress, operation });
      } catch (error) {
        if (!isWaitOver(error)) throw error;
        await options.check?.();
      }
    }
  }
}
