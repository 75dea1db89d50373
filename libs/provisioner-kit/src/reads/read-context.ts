import { HypervisorError, type CallContext } from '@dcm/contracts';

/** A call that only looks: it ends at its deadline or when the process closes. `close` frees its timer. */
export class ReadContext implements CallContext {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly endsAt: number;

  constructor(
    timeoutMs: number,
    private readonly closing: AbortSignal,
  ) {
    this.endsAt = performance.now() + timeoutMs;
    this.timer = setTimeout(() => {
      this.controller.abort(
        new HypervisorError('CALL_TIMEOUT', `Unable to read from the platform: no end after ${timeoutMs} ms`, {
          effect: 'NONE',
        }),
      );
    }, timeoutMs);
    closing.addEventListener('abort', this.onClosing);
    if (closing.aborted) this.onClosing();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  remainingMs(): number {
    return Math.max(0, this.endsAt - performance.now());
  }

  close(): void {
    clearTimeout(this.timer);
    this.closing.removeEventListener('abort', this.onClosing);
  }

  private readonly onClosing = (): void => {
    this.controller.abort(
      new HypervisorError('CANCELLED', 'Unable to read on: the provisioner shuts down', { effect: 'NONE' }),
    );
  };
}
