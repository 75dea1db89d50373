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

/** Runs `work` every `ms` milliseconds and whenever nudged; an error is logged and delays the next run, up to 8 s. */
export function every(ms: number, work: () => Promise<void>, log: Log): Loop {
  const state = { stopped: false, nudged: false, failures: 0 };
  let wake: (() => void) | undefined;
  const isStopped = (): boolean => state.stopped;
  const mayPause = (): boolean => !state.stopped && (!state.nudged || state.failures > 0);
  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      const delay = state.failures === 0 ? ms : Math.min(ms, firstRetryMs) * 2 ** Math.min(state.failures, 4);
      const timer = setTimeout(resolve, delay);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const run = async (): Promise<void> => {
    while (!isStopped()) {
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
      if (state.failures === 0) wake?.();
    },
    stop: () => {
      state.stopped = true;
      wake?.();
      return done;
    },
  };
}
