import {
  HypervisorError,
  type HypervisorReason,
  type OperationContext,
  type OperationId,
  type Ownership,
  type VmId,
  type VmSpec,
} from '@dcm/contracts';
import { newId } from '@dcm/runtime';

/** One VM that a behaviour asks for. */
export interface TrialInstance {
  readonly instanceId: VmId;
  readonly instanceNumber: number;
  readonly ownership: Ownership;
  readonly spec: VmSpec;
}

export interface TrialContextOptions {
  readonly operationId?: OperationId;
  readonly attempt?: number;
  readonly resume?: string;
  /** Milliseconds; default 30 s. */
  readonly budgetMs?: number;
}

/** An operation context that a behaviour steers: it counts questions, refuses the claim when told, and remembers what it was told. */
export class TrialContext implements OperationContext {
  readonly operationId: OperationId;
  readonly instanceId: VmId;
  readonly instanceNumber: number;
  readonly ownership: Ownership;
  readonly attempt: number;
  readonly resume: string | undefined;
  readonly steps: { percent: number; step: string; waitsFor?: 'guest' }[] = [];
  readonly checkpoints: string[] = [];
  /** How often the adapter asked whether it may change something, and was allowed to. */
  granted = 0;
  /** Called each time a change is allowed, right before it is made. */
  whenGranted: () => void = () => undefined;
  private allowed = Number.POSITIVE_INFINITY;
  private refusal: HypervisorReason = 'CLAIM_LOST';
  private readonly controller = new AbortController();
  private endsAt: number;

  constructor(instance: TrialInstance, options: TrialContextOptions = {}) {
    this.operationId = options.operationId ?? (newId() as OperationId);
    this.instanceId = instance.instanceId;
    this.instanceNumber = instance.instanceNumber;
    this.ownership = instance.ownership;
    this.attempt = options.attempt ?? 1;
    this.resume = options.resume;
    this.endsAt = performance.now() + (options.budgetMs ?? 30_000);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  remainingMs(): number {
    return Math.max(0, this.endsAt - performance.now());
  }

  assertMayMutate(): void {
    if (this.granted >= this.allowed) {
      throw new HypervisorError(this.refusal, `Unable to go on: ${this.refusal}`, {
        effect: this.granted === 0 ? 'NONE' : 'UNKNOWN',
      });
    }
    this.granted += 1;
    this.whenGranted();
  }

  progress(percent: number, step: string, waitsFor?: 'guest'): void {
    this.steps.push({ percent, step, ...(waitsFor && { waitsFor }) });
  }

  checkpoint(token: string): void {
    this.checkpoints.push(token);
  }

  /** From the question after `count` more on, the claim is refused, as when another worker has taken over. */
  refuseClaimAfter(count: number): this {
    this.allowed = this.granted + count;
    return this;
  }

  /** What the kit does when the time is used up: no time is left, nothing more may change, and the signal aborts. */
  runOut(): this {
    this.endsAt = performance.now();
    return this.end('BUDGET_EXHAUSTED', 'The time is used up');
  }

  /** What the kit does on `stop`: the signal aborts and nothing more may change. */
  cancel(): this {
    return this.end('CANCELLED', 'The operation was cancelled');
  }

  private end(reason: HypervisorReason, message: string): this {
    this.refusal = reason;
    this.allowed = this.granted;
    const effect = this.granted === 0 ? 'NONE' : 'UNKNOWN';
    this.controller.abort(new HypervisorError(reason, message, { effect }));
    return this;
  }
}
