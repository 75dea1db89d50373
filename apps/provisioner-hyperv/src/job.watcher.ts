import type { Answer } from './powershell/frame';
import { guid, type Batch } from './powershell/batch';
import { WaitOver } from './hyperv.errors';
import { JOB_FIELDS } from './machine.fields';
import { isRunning } from './machine.mapper';
import type { Row } from './powershell/rows';
import { NOT_FOUND } from './vmm.codes';

/** A job as VMM shows it. */
export type JobRow = Row<typeof JOB_FIELDS>;

type JobBatch = Batch<Readonly<Record<string, typeof JOB_FIELDS>>>;

/** How a job is waited for. */
export interface JobWait {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly onProgress?: (percent: number) => void;
}

interface Waiter extends JobWait {
  readonly id: string;
  readonly since: number;
  readonly end: (outcome: { job: JobRow | undefined } | { error: unknown }) => void;
}

const FIRST_PAUSE_MS = 50;
/** Jobs that one request asks for. */
const PER_REQUEST = 40;
/** So many looks may fail in a row before whoever waits is told. */
const MAX_FAILURES = 3;

/** Follows all jobs of a site together: one request asks for many, and none is asked for by two. */
export class JobWatcher {
  private readonly waiters = new Set<Waiter>();
  private isWatching = false;

  constructor(
    private readonly read: (batch: JobBatch) => Promise<Answer<JobBatch['return']>>,
    private readonly longestPauseMs: number,
  ) {}

  /**
   * Waits until a job has ended.
   * @returns the job; undefined when VMM has forgotten it
   * @throws WaitOver when that takes too long; the signal's reason when the caller withdraws; what the look-ups throw
   */
  wait(id: string, options: JobWait): Promise<JobRow | undefined> {
    return new Promise((resolve, reject) => {
      const end: Waiter['end'] = (outcome) => {
        clearTimeout(timer);
        options.signal.removeEventListener('abort', withdraw);
        this.waiters.delete(waiter);
        if ('error' in outcome) reject(outcome.error instanceof Error ? outcome.error : new Error('not an error'));
        else resolve(outcome.job);
      };
      const waiter: Waiter = { ...options, id, since: performance.now(), end };
      const withdraw = (): void => {
        end({ error: new WaitOver('it was withdrawn') });
      };
      const timer = setTimeout(
        () => {
          end({ error: new WaitOver(`the job ${id} was not over in time`) });
        },
        Math.max(0, options.timeoutMs),
      );
      this.waiters.add(waiter);
      if (options.signal.aborted) withdraw();
      else options.signal.addEventListener('abort', withdraw, { once: true });
      if (!this.isWatching) void this.watch();
    });
  }

  private async watch(): Promise<void> {
    this.isWatching = true;
    let failures = 0;
    while (this.waiters.size > 0) {
      try {
        await this.look();
        failures = 0;
      } catch (error) {
        failures += 1;
        if (failures >= MAX_FAILURES) this.giveUp(error);
      }
      if (this.waiters.size > 0) await pause(this.nextPause());
    }
    this.isWatching = false;
  }

  private giveUp(error: unknown): void {
    for (const waiter of [...this.waiters]) waiter.end({ error });
  }

  /** A job that has just begun may end soon; one that goes on is looked at less often. */
  private nextPause(): number {
    const now = performance.now();
    const youngest = Math.min(...[...this.waiters].map(({ since }) => now - since));
    return Math.min(this.longestPauseMs, Math.max(FIRST_PAUSE_MS, youngest / 4));
  }

  private async look(): Promise<void> {
    const ids = [...new Set([...this.waiters].map(({ id }) => id))];
    for (let start = 0; start < ids.length; start += PER_REQUEST) {
      const some = ids.slice(start, start + PER_REQUEST);
      const { rows } = await this.read(jobBatch(some));
      some.forEach((id, index) => {
        this.tell(id, rows[`job${index}`]?.[0]);
      });
    }
  }

  private tell(id: string, job: JobRow | undefined): void {
    for (const waiter of [...this.waiters].filter((one) => one.id === id)) {
      if (job === undefined || !isRunning(job.status)) waiter.end({ job });
      else if (job.percent !== null) waiter.onProgress?.(job.percent);
    }
  }
}

const jobBatch = (ids: readonly string[]): JobBatch => ({
  steps: ids.map((id, index) => ({
    as: `job${index}`,
    cmd: 'Get-SCJob',
    args: { ID: guid(id) },
    missingOk: [NOT_FOUND],
  })),
  return: Object.fromEntries(ids.map((_, index) => [`job${index}`, JOB_FIELDS])),
});

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
