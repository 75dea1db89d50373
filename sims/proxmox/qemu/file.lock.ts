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
      this.#isHeld = false;
      this.#waiting.shift()?.();
    }
  }

  async #wait(waitMs: number, signal?: AbortSignal): Promise<void> {
    const enough = new AbortController();
    const turn = new Promise<'mine'>((resolve) => {
      this.#waiting.push(() => {
        this.#isHeld = true; // nobody slips in between the release and the next holder
        resolve('mine');
      });
    });
    const own = this.#waiting.at(-1);
    const timeout = this.clock.wait(
      waitMs,
      signal === undefined ? enough.signal : AbortSignal.any([signal, enough.signal]),
    );
    const outcome = await Promise.race([turn, timeout.then(() => 'late' as const)]).catch((error: unknown) => {
      this.#leave(own);
      throw error;
    });
    enough.abort();
    timeout.catch(() => undefined);
    if (outcome === 'mine') return;
    this.#leave(own);
    throw failure(`can't lock file '${this.file}' - got timeout`);
  }

  #leave(own: (() => void) | undefined): void {
    const at = own === undefined ? -1 : this.#waiting.indexOf(own);
    if (at >= 0) this.#waiting.splice(at, 1);
  }
}
