import type { SimulatedClock } from '../clock';
import { failure } from '../api.error';

/** How long most operations wait for a VM's file lock, in milliseconds of the cluster. */
export const USUAL_LOCK_WAIT_MS = 10_000;
/** How long create and clone wait. */
export const SHORT_LOCK_WAIT_MS = 1_000;

/** The lock that the processes of one node hold while they work on a VM; it ends with its holder. */
export class FileLock {
  #isHeld = false;
  readonly #waiting: (() => void)[] = [];

  constructor(
    private readonly file: string,
    private readonly clock: SimulatedClock,
  ) {}

  /**
   * Runs a job alone.
   * @param waitMs in milliseconds of the cluster.
   * @throws ApiError 500 `can't lock file … - got timeout`
   */
  async hold<T>(waitMs: number, job: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#isHeld) await this.#wait(waitMs, signal);
    this.#isHeld = true;
    try {
      return await job();
    } finally {
      this.#release();
    }
  }

  /** Hands the lock on: nobody slips in between the release and the next holder. */
  #release(): void {
    const next = this.#waiting.shift();
    this.#isHeld = next !== undefined;
    next?.();
  }

  async #wait(waitMs: number, signal?: AbortSignal): Promise<void> {
    const enough = new AbortController();
    const signals = signal === undefined ? enough.signal : AbortSignal.any([signal, enough.signal]);
    let own: () => void = () => undefined;
    const turn = new Promise<'mine'>((resolve) => {
      own = () => {
        resolve('mine');
      };
    });
    this.#waiting.push(own);
    const timeout = this.clock.wait(waitMs, signals).then(() => 'late' as const);
    const outcome = await Promise.race([turn, timeout]).catch((error: unknown) => {
      if (!this.#leave(own)) this.#release();
      throw error;
    });
    enough.abort();
    timeout.catch(() => undefined);
    if (outcome === 'late' && this.#leave(own)) throw failure(`can't lock file '${this.file}' - got timeout`);
  }

  /** Whether it still waited; who does not has been given the lock. */
  #leave(own: () => void): boolean {
    const at = this.#waiting.indexOf(own);
    if (at >= 0) this.#waiting.splice(at, 1);
    return at >= 0;
  }
}
