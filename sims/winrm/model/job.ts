import { randomUUID } from 'node:crypto';
import type { Clock } from './clock';
import { errorInfoOf, SUCCESS, VmmError, type ErrorInfo } from './errors';
import { KIND, type Task } from './objects';
import type { Locale } from './texts';

/** What a job works on: while it runs, no other may. */
export interface JobTarget {
  readonly ID: string;
  readonly Name: string;
  /** The job that holds the object. */
  busy: Job | undefined;
  MostRecentTask: Job | null;
}

export interface JobPlan {
  /** As the console shows it, for example `Create virtual machine`. */
  readonly name: string;
  readonly cmdlet: string;
  readonly target: JobTarget;
  readonly durationMs: number;
  /** The end of the work. A VmmError fails the job; a returned one is information beside the success. */
  readonly finish: () => VmmError | undefined;
  /** What becomes of the target when the job fails. */
  readonly fail?: () => void;
  /** What becomes of the target when it is called off. Without it the job cannot be. */
  readonly cancel?: () => void;
}

/** Work that takes its time, with an end that is one of four. */
export class Job implements Task {
  readonly [KIND] = 'Task';
  readonly ID = randomUUID();
  readonly ResultObjectType = 'VM';
  readonly Owner: string;
  readonly StartTime: Date;
  EndTime: Date | null = null;
  Status: Task['Status'] = 'Running';
  ErrorInfo: ErrorInfo = SUCCESS;
  /** The error with which it ended. */
  failure: VmmError | undefined;
  /** Resolves when it is over, however it ended. */
  readonly done: Promise<void>;
  private resolve: () => void = () => undefined;
  private readonly callOff: () => void;
  private readonly startedAt = performance.now();

  constructor(
    private readonly plan: JobPlan,
    private readonly site: { readonly clock: Clock; readonly locale: () => Locale; readonly owner: string },
  ) {
    this.Owner = site.owner;
    this.StartTime = site.clock.now();
    this.done = new Promise((resolve) => (this.resolve = resolve));
    this.callOff = site.clock.after(plan.durationMs, () => {
      this.finish();
    });
  }

  /** A job that began and ended now. */
  static over(
    what: Pick<JobPlan, 'name' | 'cmdlet' | 'target'>,
    site: { readonly clock: Clock; readonly locale: () => Locale; readonly owner: string },
  ): Job {
    const job = new Job({ ...what, durationMs: 0, finish: () => undefined }, site);
    job.callOff();
    job.end('Completed');
    return job;
  }

  get Name(): string {
    return this.plan.name;
  }

  get CmdletName(): string {
    return this.plan.cmdlet;
  }

  get ResultName(): string {
    return this.plan.target.Name;
  }

  get ResultObjectID(): string {
    return this.plan.target.ID;
  }

  get StatusString(): string {
    return this.Status;
  }

  get IsCompleted(): boolean {
    return this.Status !== 'Running';
  }

  get ProgressValue(): number {
    if (this.IsCompleted) return 100;
    const passedMs = (performance.now() - this.startedAt) * this.site.clock.speed;
    return Math.min(99, Math.floor((passedMs / Math.max(1, this.plan.durationMs)) * 100));
  }

  get Progress(): string {
    return `${this.ProgressValue} %`;
  }

  get isCancellable(): boolean {
    return !this.IsCompleted && this.plan.cancel !== undefined;
  }

  /** Ends it in the middle. */
  cancel(): void {
    this.callOff();
    this.plan.cancel?.();
    this.end('Canceled');
  }

  private finish(): void {
    try {
      const information = this.plan.finish();
      if (information !== undefined) this.ErrorInfo = errorInfoOf(information, this.site.locale());
      this.end(information === undefined ? 'Completed' : 'SucceedWithInfo');
    } catch (error) {
      if (!(error instanceof VmmError)) throw error;
      this.failure = error;
      this.ErrorInfo = errorInfoOf(error, this.site.locale());
      this.plan.fail?.();
      this.end('Failed');
    }
  }

  private end(status: Task['Status']): void {
    this.Status = status;
    this.EndTime = this.site.clock.now();
    if (this.plan.target.busy === this) this.plan.target.busy = undefined;
    this.resolve();
  }
}
