import { PveTransportError } from './pve.errors';

/** Ends a call when its time is up or its caller withdraws; the signal's reason is a PveTransportError that says which. */
export class Deadline {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly onAbort = (): void => {
    this.expire('ABORTED');
  };

  constructor(
    private readonly call: string,
    timeoutMs: number,
    private readonly caller: AbortSignal | undefined,
  ) {
    this.timer = setTimeout(() => {
      this.expire('TIMEOUT');
    }, timeoutMs);
    caller?.addEventListener('abort', this.onAbort, { once: true });
    if (caller?.aborted === true) this.onAbort();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Waits for shared work and leaves when the time is up; the work goes on for those who still wait. */
  within<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        reject(this.signal.reason as Error);
      };
      this.signal.addEventListener('abort', leave, { once: true });
      if (this.signal.aborted) leave();
      work.then(resolve, reject).finally(() => {
        this.signal.removeEventListener('abort', leave);
      });
    });
  }

  /** Frees timer and listener. */
  end(): void {
    clearTimeout(this.timer);
    this.caller?.removeEventListener('abort', this.onAbort);
  }

  private expire(code: string): void {
    this.controller.abort(new PveTransportError(code, this.call, { mayHaveRun: false }));
  }
}
