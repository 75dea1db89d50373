import type { Log } from './log';

/** A loop that never overlaps itself. */
export interface Loop {
  /** Runs again as soon as the current run is over. */
  nudge(): void;
  /** Ends after the current run. */
  stop(): Promise<void>;
}

/** Runs `work` every `ms` milliseconds and whenever nudged; an error is logged and delays the next run, up to 16 times `ms` or 10 s. */
export function every(ms: number, work: () => Promise<void>, log: Log): Loop {
  let stopped = false;
  let nudged = false;
  let wake: (() => void) | undefined;
  let failures = 0;
  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      const delay = failures === 0 ? ms : Math.min(10_000, ms * 2 ** Math.min(failures, 4));
      const timer = setTimeout(resolve, delay);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const run = async (): Promise<void> => {
    while (!stopped) {
      nudged = false;
      try {
        await work();
        failures = 0;
      } catch (error) {
        failures += 1;
        log.warn({ error: error instanceof Error ? error.message : String(error), failures }, 'periodic work failed');
      }
      if (!stopped && (!nudged || failures > 0)) await pause();
    }
  };
  const done = run();
  return {
    nudge: () => {
      nudged = true;
      if (failures === 0) wake?.();
    },
    stop: () => {
      stopped = true;
      wake?.();
      return done;
    },
  };
}
