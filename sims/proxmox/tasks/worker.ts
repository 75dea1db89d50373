import { SimulatorStopped, type SimulatedClock } from '../clock';
import { messageOf } from '../api.error';
import type { UpidParts } from './upid';

/** The worker was told to end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  constructor() {
    super('interrupted by signal');
  }
}

/** The worker's process is no more: nothing of it cleans up. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

/** A task: the process that works on it, its log and its end. */
export class Worker {
  readonly log: string[] = [];
  readonly #abort = new AbortController();
  #warnings = 0;
  #over?: { readonly exitstatus: string; readonly endtime: number };
  readonly #ended: Promise<void>;
  #tellEnd: () => void = () => undefined;

  constructor(
    readonly upid: string,
    readonly parts: UpidParts,
    private readonly clock: SimulatedClock,
  ) {
    this.#ended = new Promise((resolve) => {
      this.#tellEnd = resolve;
    });
  }

  /** `OK`, `WARNINGS: n`, a failure, or `unexpected status`; nothing while it runs. */
  get exitstatus(): string | undefined {
    return this.#over?.exitstatus;
  }

  /** Seconds since the epoch; nothing while it runs. */
  get endtime(): number | undefined {
    return this.#over?.endtime;
  }

  get isRunning(): boolean {
    return this.#over === undefined;
  }

  /** Aborts when the worker is told to end or killed. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get isKilled(): boolean {
    return this.signal.reason instanceof Killed;
  }

  /** Adds a line to the log. */
  print(line: string): void {
    this.log.push(line);
  }

  /** Adds a warning: the task then ends with `WARNINGS: n`. */
  warn(line: string): void {
    this.#warnings += 1;
    this.print(`WARN: ${line}`);
  }

  /** Works for so many real milliseconds. */
  async work(realMs: number): Promise<void> {
    this.signal.throwIfAborted();
    await this.clock.pause(realMs, this.signal);
  }

  /** SIGTERM. */
  terminate(): void {
    this.#abort.abort(new Interrupted());
  }

  /** SIGKILL, or the node's end. */
  kill(): void {
    this.#abort.abort(new Killed());
    this.#end('unexpected status');
  }

  /** Resolves when the task is over, however it ended. */
  ended(): Promise<void> {
    return this.#ended;
  }

  /** Runs what the task is for, and notes its end. */
  async run(job: (worker: Worker) => Promise<void>): Promise<void> {
    try {
      await job(this);
      this.#finish(this.#warnings === 0 ? 'OK' : `WARNINGS: ${this.#warnings}`);
    } catch (error) {
      if (!this.isKilled && !(error instanceof SimulatorStopped)) this.#fail(messageOf(error));
      else this.#end('unexpected status');
    }
  }

  #finish(exitstatus: string): void {
    if (this.isKilled) return;
    this.print(`TASK ${exitstatus}`);
    this.#end(exitstatus);
  }

  #fail(message: string): void {
    this.print(`TASK ERROR: ${message}`);
    this.#end(message);
  }

  #end(exitstatus: string): void {
    this.#over ??= { exitstatus, endtime: this.clock.seconds() };
    this.#tellEnd();
  }
}
