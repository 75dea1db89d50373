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

/** A wait that can be cut short. */
class Pause {
  private wake: (() => void) | undefined;

  lasting(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  cut(): void {
    this.wake?.();
  }
}

/** Runs `work` every `ms` milliseconds and whenever nudged; an error is logged and delays the next run, up to 8 s. */
export function every(ms: number, work: () => Promise<void>, log: Log, { spacingMs = 0 }: LoopOptions = {}): Loop {
  const state = { stopped: false, nudged: false, failures: 0, startedAt: -Infinity };
  const [rest, distance] = [new Pause(), new Pause()];
  const isStopped = (): boolean => state.stopped;
  const mayRest = (): boolean => !state.stopped && (!state.nudged || state.failures > 0);
  const restMs = (): number =>
    state.failures === 0 ? ms : Math.min(ms, firstRetryMs) * 2 ** Math.min(state.failures, 4);
  const keepDistance = async (): Promise<void> => {
    const leftMs = state.startedAt + spacingMs - performance.now();
    // Timers go by whole milliseconds.
    if (leftMs >= 1 && !isStopped()) await distance.lasting(leftMs);
    state.startedAt = performance.now();
  };
  const attempt = async (): Promise<void> => {
    state.nudged = false;
    try {
      await work();
      state.failures = 0;
    } catch (error) {
      state.failures += 1;
      const { failures } = state;
      log.warn({ error: error instanceof Error ? error.message : String(error), failures }, 'periodic work failed');
    }
  };
  const run = async (): Promise<void> => {
    while (!isStopped()) {
      await keepDistance();
      if (isStopped()) return;
      await attempt();
      if (mayRest()) await rest.lasting(restMs());
    }
  };
  const done = run();
  return {
    nudge: () => {
      state.nudged = true;
      if (state.failures === 0) rest.cut();
    },
    stop: () => {
      state.stopped = true;
      rest.cut();
      distance.cut();
      return done;
    },
  };
}
