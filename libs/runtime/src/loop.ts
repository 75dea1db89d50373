import type { Log } from './log';

/** A loop that never overlaps itself. */
export interface Loop {
  /** Runs again as soon as the current run is over. */
  nudge(): void;
  /** Ends after the current run. */
  stop(): Promise<void>;
}

/** However rarely something runs, after an error it is tried again soon: what it needs may be back. */
const firstRetryMs = 500;

export interface LoopOptions {
  /**
   * Default 0. A nudge after a rest runs at once; between the starts of two runs lies at least this, so that what is nudged for again and
   * again gathers.
   */
  readonly spacingMs?: number;
}

/** Runs `work` every `ms` milliseconds and whenever nudged; an error is logged and delays the next run, up to 8 s. */
export function every(ms: number, work: () => Promise<void>, log: Log, { spacingMs = 0 }: LoopOptions = {}): Loop {
  const state = { stopped: false, nudged: false, failures: 0, startedAt: -Infinity, isSpacing: false };
  let wake: (() => void) | undefined;
  const isStopped = (): boolean => state.stopped;
  const mayPause = (): boolean => !state.stopped && (!state.nudged || state.failures > 0);
  const sleep = (delay: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, delay);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const pause = (): Promise<void> =>
    sleep(state.failures === 0 ? ms : Math.min(ms, firstRetryMs) * 2 ** Math.min(state.failures, 4));
  const keepDistance = async (): Promise<void> => {
    const leftMs = state.startedAt + spacingMs - performance.now();
    // Timers go by whole milliseconds and may fire early by a fraction.
    if (leftMs >= 1 && !isStopped()) {
      state.isSpacing = true;
      await sleep(leftMs);
      state.isSpacing = false;
    }
    state.startedAt = performance.now();
  };
  const run = async (): Promise<void> => {
    while (!isStopped()) {
      await keepDistance();
      if (isStopped()) return;
      state.nudged = false;
      try {
        await work();
        state.failures = 0;
      } catch (error) {
        state.failures += 1;
        log.warn(
          { error: error instanceof Error ? error.message : String(error), failures: state.failures },
          'periodic work failed',
        );
      }
      if (mayPause()) await pause();
    }
  };
  const done = run();
  return {
    nudge: () => {
      state.nudged = true;
      if (state.failures === 0 && !state.isSpacing) wake?.();
    },
    stop: () => {
      state.stopped = true;
      wake?.();
      return done;
    },
  };
}
