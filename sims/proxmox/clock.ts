import { setMaxListeners } from 'node:events';
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
  readonly #timers = new Set<NodeJS.Timeout>();
  #heldBack: (() => void)[] | undefined;

  constructor(readonly speed: number) {
    setMaxListeners(0, this.#stopped.signal);
  }

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

  /** Runs something after so many real milliseconds, or when it is let go, unless the simulator is stopped before. */
  later(realMs: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (this.#heldBack === undefined) action();
      else this.#heldBack.push(action);
    }, realMs);
    timer.unref();
    this.#timers.add(timer);
  }

  /** What becomes due `later` is held back; the function returned lets it go, in its order, and what follows is in time. */
  holdBack(): () => void {
    const heldBack = (this.#heldBack ??= []);
    return () => {
      if (this.#heldBack === heldBack) this.#heldBack = undefined;
      for (const action of heldBack.splice(0)) action();
    };
  }

  /** Ends every wait. */
  stop(): void {
    this.#stopped.abort();
    this.#heldBack?.splice(0);
    for (const timer of this.#timers) clearTimeout(timer);
  }
}
