import {
  HypervisorError,
  type DeleteCommand,
  type HypervisorReason,
  type OperationContext,
  type OperationId,
  type Ownership,
  type VmId,
} from '@dcm/contracts';
import { failpoint } from '@dcm/runtime';
import type { Lease } from '../lease';
import { ProgressTeller, type Progress } from '../progress';

export interface WorkerContextOptions {
  /** What every command that changes something says. */
  readonly command: DeleteCommand;
  readonly lease: Lease;
  /** Tells a progress once; never throws. */
  readonly sendProgress: (progress: Progress) => Promise<void>;
  /** When the command was received, on `performance.now`. */
  readonly receivedAt: number;
}

/** One attempt of one operation, as an adapter sees it. Its time is counted on a monotonic clock from the receipt of the command. */
export class WorkerContext implements OperationContext {
  readonly operationId: OperationId;
  readonly instanceId: VmId;
  readonly instanceNumber: number;
  readonly attempt: number;
  readonly ownership: Ownership;
  readonly resume: string | undefined;
  private readonly controller = new AbortController();
  private readonly progressTeller: ProgressTeller;
  private readonly budget: NodeJS.Timeout;
  private readonly endsAt: number;
  private granted = 0;
  private token: string | undefined;
  private last: Progress = { percent: 0, step: 'started' };

  constructor(private readonly options: WorkerContextOptions) {
    const { command, lease, receivedAt, sendProgress } = options;
    this.operationId = command.operationId;
    this.instanceId = command.instanceId;
    this.instanceNumber = command.instanceNumber;
    this.attempt = command.attempt;
    this.ownership = command.ownership;
    this.resume = command.resume === '' ? undefined : command.resume;
    this.endsAt = receivedAt + command.budgetMs;
    this.progressTeller = new ProgressTeller(sendProgress);
    this.budget = setTimeout(() => {
      this.interrupt(this.refusal('BUDGET_EXHAUSTED', 'its time is used up'));
    }, this.remainingMs());
    lease.signal.addEventListener('abort', this.onVerdict);
    if (lease.signal.aborted) this.onVerdict();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** The token of the last checkpoint of this attempt, or else of the one before. */
  get lastCheckpoint(): string | undefined {
    return this.token ?? this.resume;
  }

  /** Whether the adapter was ever allowed to change something. */
  get mayHaveMutated(): boolean {
    return this.granted > 0;
  }

  remainingMs(): number {
    return Math.max(0, this.endsAt - performance.now());
  }

  assertMayMutate(): void {
    const lost = this.options.lease.refusal();
    if (lost !== undefined) throw this.refusal(lost.reason, lost.message);
    if (this.signal.aborted) throw this.signal.reason;
    if (this.remainingMs() <= 0) throw this.refusal('BUDGET_EXHAUSTED', 'its time is used up');
    this.granted += 1;
    failpoint('work.mutation');
  }

  progress(percent: number, step: string, waitsFor?: 'guest'): void {
    if (step !== this.last.step) failpoint('work.step', step);
    this.last = { percent, step, ...(waitsFor && { waitsFor }) };
    this.tell();
  }

  checkpoint(token: string): void {
    failpoint('work.sent');
    this.token = token;
    this.tell();
    failpoint('work.noted');
  }

  /** Aborts the adapter's work with this reason. */
  interrupt(reason: HypervisorError): void {
    this.controller.abort(reason);
  }

  /** Ends timers; the context is not used afterwards. */
  close(): void {
    clearTimeout(this.budget);
    this.progressTeller.close();
    this.options.lease.signal.removeEventListener('abort', this.onVerdict);
  }

  /** What was allowed once may have been sent, and nobody has looked since. */
  refusal(reason: HypervisorReason, cause: string): HypervisorError {
    const message = `Unable to go on with operation ${this.operationId}: ${cause}`;
    return new HypervisorError(reason, message, { effect: this.mayHaveMutated ? 'UNKNOWN' : 'NONE' });
  }

  private readonly onVerdict = (): void => {
    const lost = this.options.lease.refusal();
    if (lost !== undefined) this.interrupt(this.refusal(lost.reason, lost.message));
  };

  private tell(): void {
    this.progressTeller.tell({ ...this.last, ...(this.token === undefined ? {} : { resume: this.token }) });
  }
}
