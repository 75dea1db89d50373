import { OperationYielded, type Effect, type OperationContext, type Ownership } from '@dcm/contracts';
import { Access, getVm } from './access';
import { isLocked, isLost, isNotTheOne, JobError, Refused, WaitOver } from './hyperv.errors';
import type { SiteOptions } from './hyperv.config';
import { MACHINE_FIELDS } from './machine.fields';
import { hasSucceeded, readMachine, type Machine } from './machine.mapper';
import { bareMark } from './mark.mapper';
import { hasChanged, type Batch, type Returns, type Step } from './powershell/batch';
import { isChanging } from './powershell/cmdlets';
import type { Answer } from './powershell/frame';
import { BatchError, PowerShellError } from './powershell/powershell.errors';
import { readToken, type Token } from './token';
import type { VmmClient } from './vmm.client';

/** How a job is followed. */
export interface Following {
  /** Percent of the whole operation at the begin and the end of the job. */
  readonly span: readonly [from: number, to: number];
  /** After so long the wait is given up with a WaitOver; default: as long as the attempt has. */
  readonly limitMs?: number;
}

/** The message is given back before its time is up, so that the next attempt can take the job over. */
const LONGEST_YIELD_MARGIN_MS = 1_500;
const YIELD_MARGIN_SHARE = 0.1;
/** How often to stand in line behind other jobs of the same VM. */
const MAX_TURNS = 8;
const TURN_PAUSE_MS = 100;
/** How many processes in a row may be lost. */
const MAX_LOSSES = 4;

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
    client: VmmClient,
    readonly operation: OperationContext,
    options: SiteOptions,
  ) {
    super(client, operation, options);
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
   * Runs a batch that may change something.
   * @throws HypervisorError CLAIM_LOST, CANCELLED or BUDGET_EXHAUSTED before it is sent; BatchError, PowerShellError
   */
  async change<R extends Returns>(batch: Batch<R>): Promise<Answer<R>> {
    this.requireTime();
    this.requireCaller();
    const before = this.effect;
    const beforeSend = (): void => {
      this.requireTime();
      this.operation.assertMayMutate();
      this.effect = 'UNKNOWN';
    };
    try {
      const answer = await this.client.run(batch, { signal: this.signal, timeoutMs: this.callTimeoutMs, beforeSend });
      this.effect = hasChanged(batch, answer.ran) ? 'PARTIAL' : before;
      return answer;
    } catch (error) {
      if (isProvenUndone(error, batch)) this.effect = before;
      else if (error instanceof BatchError && error.hasActed) this.effect = 'PARTIAL';
      throw error;
    }
  }

  /**
   * Changes an owner's VM, after looking at its mark in the same batch, and follows the job that this starts.
   * @param work steps that refer to the VM as `vm`; the last one starts the job
   * @returns the VM as it was when the job had begun; undefined when it was gone by then
   * @throws JobError when the job fails; Refused VM_NOT_FOUND, NOT_OURS; OperationYielded when it outlasts the attempt;
   * WaitOver when it outlasts its own limit
   */
  async changeVm(
    { id, ownership }: { readonly id: string; readonly ownership: Ownership },
    work: readonly Step[],
    following: Following,
  ): Promise<Machine | undefined> {
    const mine: Step = { ...getVm('vm', id), where: [{ op: 'mark', value: bareMark(ownership) }], expect: 'one' };
    const before = this.effect;
    return this.inTurn(id, async () => {
      const { rows } = await this.change({
        steps: [mine, ...work, getVm('after', id)],
        return: { after: MACHINE_FIELDS },
      }).catch(async (error: unknown) => {
        throw isNotTheOne(error, 'vm') ? await this.whyNot(id) : error;
      });
      const after = rows.after[0] === undefined ? undefined : readMachine(rows.after[0]);
      if (after?.job !== undefined) await this.follow(after.job.id, following, before);
      return after;
    });
  }

  /**
   * Waits for a job of this operation. A job that failed has left everything as it was.
   * @returns whether it ended well; undefined when VMM has forgotten it: then only a look at the world helps
   * @throws JobError, OperationYielded
   */
  async follow(job: string, following: Following, before: Effect): Promise<boolean | undefined> {
    this.effect = 'UNKNOWN';
    this.remember({ job });
    const ended = await this.waitForJob(job, following);
    if (ended === undefined) return undefined;
    if (hasSucceeded(ended.status ?? '')) {
      this.effect = 'PARTIAL';
      return true;
    }
    this.effect = before;
    const name = ended.name ?? 'the job';
    throw new JobError(job, ended.code ?? 0, `${name} ended ${ended.status ?? ''}: ${ended.problem ?? ''}`.trim());
  }

  /** Waits for the job that the attempt before started. @returns as `follow`; false when the job failed */
  async finishResumed(following: Following): Promise<boolean | undefined> {
    const job = this.resumed?.job;
    if (job === undefined) return undefined;
    const before = this.effect;
    try {
      const outcome = await this.follow(job, following, before);
      if (outcome === undefined) this.effect = before;
      return outcome;
    } catch (error) {
      if (!(error instanceof JobError)) throw error;
      return false;
    }
  }

  /** Does work that may be done again; when its process is lost in the middle, another is asked. */
  async persist<T>(work: () => Promise<T>): Promise<T> {
    for (let turn = 1; ; turn += 1) {
      try {
        return await work();
      } catch (error) {
        if (!isLost(error) || turn === MAX_LOSSES) throw error;
      }
    }
  }

  /** Does the work; when another job of the VM stands in its way, waits for that one and does it again. */
  async inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    for (let turn = 1; ; turn += 1) {
      try {
        return await work();
      } catch (error) {
        if (!isLocked(error) || turn === MAX_TURNS) throw error;
        await this.outlast((await this.machine(id))?.job);
      }
    }
  }

  /** Waits until a job that is not ours is over; how it ends is not our affair. */
  async outlast(job: Machine['job']): Promise<void> {
    if (job?.isRunning === true) await this.waitForJob(job.id, { span: [this.percent, this.percent] });
    else await this.pause(TURN_PAUSE_MS);
  }

  /** @throws OperationYielded: there is not time enough left to wait */
  yieldNow(): never {
    throw this.yielded();
  }

  private async waitForJob(job: string, { span: [from, to], limitMs }: Following): ReturnType<VmmClient['wait']> {
    const left = this.remainingMs() - this.yieldMarginMs;
    if (left <= 0) throw this.yielded();
    const isLimited = limitMs !== undefined && limitMs < left;
    const timeoutMs = isLimited ? limitMs : left;
    const onProgress = (percent: number): void => {
      this.advance(from + ((to - from) * percent) / 100);
    };
    try {
      return await this.client.wait(job, { signal: this.signal, timeoutMs, onProgress });
    } catch (error) {
      if (!(error instanceof WaitOver)) throw error;
      this.requireCaller();
      throw isLimited ? error : this.yielded();
    }
  }

  private async whyNot(id: string): Promise<Refused> {
    const machine = await this.machine(id);
    if (machine === undefined) return new Refused('VM_NOT_FOUND', `there is no VM ${id}`);
    return new Refused('NOT_OURS', `the VM ${id} does not bear the ownership mark that is expected`);
  }

  private yielded(): OperationYielded {
    return new OperationYielded(JSON.stringify(this.token));
  }

  private advance(percent: number): void {
    this.percent = Math.min(99, Math.max(this.percent, Math.round(percent)));
    this.operation.progress(this.percent, this.stepName, this.waitsFor);
  }
}

/** Codes by which VMM says that it does not know how a call went. */
const NO_ANSWER: ReadonlySet<number> = new Set([1602]);

/**
 * Whether a batch that failed is certain to have changed nothing: its step was refused by name or number, it ended before
 * the first changing step, or it never left this process.
 */
function isProvenUndone(error: unknown, { steps }: Batch): boolean {
  if (error instanceof PowerShellError) return !error.mayHaveActed;
  if (!(error instanceof BatchError)) return true;
  if (error.hasActed) return false;
  const failed = steps.find(({ as }) => as === error.failure.step);
  if (failed === undefined || !isChanging(failed.cmd) || error.refusal !== null) return true;
  return error.code !== null && !NO_ANSWER.has(error.code);
}
