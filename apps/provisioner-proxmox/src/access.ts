import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { HypervisorError, type CallContext } from '@dcm/contracts';
import type { PveClient } from './client/pve.client';
import { PveTransportError } from './client/pve.errors';
import type { PveParameters, PvePath } from './client/pve.request';
import { Refused } from './proxmox.errors';

/** Node's timers know no longer time. */
export const LONGEST_TIMER_MS = 2_147_483_647;

/** Reading from one cluster on behalf of one call of the port: within its time, and until its caller withdraws. */
export class Access {
  /** Aborts when the caller withdraws (with the caller's reason) or its time is up (with a TimeoutError). */
  readonly signal: AbortSignal;

  constructor(
    readonly client: PveClient,
    private readonly context: CallContext,
  ) {
    const left = Math.ceil(context.remainingMs());
    const deadline = AbortSignal.timeout(Math.min(Math.max(0, left), LONGEST_TIMER_MS));
    this.signal = AbortSignal.any([context.signal, deadline]);
    // Many reads may be under way at once.
    setMaxListeners(0, this.signal);
  }

  /** Milliseconds left. */
  remainingMs(): number {
    return this.context.remainingMs();
  }

  /** GET; changes nothing. @returns `data` of the answer */
  async get(path: PvePath, params: PveParameters = {}): Promise<unknown> {
    this.requireTime();
    return this.client.get(path, params, { signal: this.signal });
  }

  /** POST of a call that changes no VM, such as asking for a console. */
  async ask(path: PvePath, params: PveParameters = {}): Promise<unknown> {
    this.requireTime();
    return this.client.post(path, params, { signal: this.signal });
  }

  /** Waits before looking again. @throws Refused BUDGET_EXHAUSTED, PveTransportError `ABORTED` */
  async pause(ms: number): Promise<void> {
    this.requireTime();
    await pause(ms, undefined, { signal: this.signal }).catch(() => {
      throw withdrawn();
    });
  }

  /** @throws PveTransportError `ABORTED` when the caller has withdrawn */
  requireCaller(): void {
    if (this.signal.aborted) throw withdrawn();
  }

  /** @throws Refused BUDGET_EXHAUSTED when no time is left */
  requireTime(): void {
    if (this.remainingMs() > 0) return;
    throw new Refused('BUDGET_EXHAUSTED', 'the time for it is up');
  }

  /** Whether the caller withdrew because its operation was cancelled. */
  get isCancelled(): boolean {
    const reason: unknown = this.context.signal.reason;
    return this.context.signal.aborted && reason instanceof HypervisorError && reason.reason === 'CANCELLED';
  }
}

/** The caller withdrew. @param mayHaveRun whether something that was sent may still have an effect */
export const withdrawn = (mayHaveRun = false): PveTransportError =>
  new PveTransportError('ABORTED', 'go on', { mayHaveRun });
