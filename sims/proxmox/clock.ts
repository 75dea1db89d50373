import { setTimeout as sleep } from 'node:timers/promises';

/** The simulator has been stopped while something waited. */
export class SimulatorStopped extends Error {
  override readonly name = 'SimulatorStopped';
}

/**
 * Time as the simulated cluster feels it: a wait that takes ten seconds on Proxmox VE takes ten divided by `speed` here.
 * Clock times in answers (task start, uptime) stay those of the wall.
 */
export class SimulatedClock {
  readonly #stopped = new AbortController();

  constructor(readonly speed: number) {}

  /** Seconds since the epoch. */
  seconds(): number {
    return Math.floor(Date.now() / 1000);
  }

  /** How long `clusterMs` of the cluster's time last in real milliseconds. */
  realMs(clusterMs: number): number {
    return clusterMs / this.speed;
  }

  /**
   * Waits so many real milliseconds.
   * @throws SimulatorStopped; the reason of `signal` when that aborts first.
   */
  async pause(realMs: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (realMs <= 0) return;
    const all = signal === undefined ? this.#stopped.signal : AbortSignal.any([signal, this.#stopped.signal]);
    await sleep(realMs, undefined, { signal: all }).catch(() => {
      signal?.throwIfAborted();
      throw new SimulatorStopped();
    });
  }

  /** Waits so many milliseconds of the cluster's time. */
  wait(clusterMs: number, signal?: AbortSignal): Promise<void> {
    return this.pause(this.realMs(clusterMs), signal);
  }

  /** Runs something after so many real milliseconds, unless the simulator is stopped before; returns how to call it off. */
  later(realMs: number, action: () => void): () => void {
    const timer = setTimeout(action, realMs);
    timer.unref();
    const cancel = (): void => {
      clearTimeout(timer);
    };
    this.#stopped.signal.addEventListener('abort', cancel, { once: true });
    return cancel;
  }

  /** Ends every wait. */
  stop(): void {
    this.#stopped.abort();
  }
}
