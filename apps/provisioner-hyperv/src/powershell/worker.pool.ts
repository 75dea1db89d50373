import { mayChange, requestLine, type Batch, type Returns } from './batch';
import { readAnswer, type Answer } from './frame';
import { BatchError, PowerShellError } from './powershell.errors';
import { Slots } from './slots';
import { Worker, type WorkerOptions } from './worker';

/** How many processes there are, and what each does first. */
export interface PoolOptions extends WorkerOptions {
  /** Processes at most. */
  readonly workers: number;
  /** After so many requests a process is replaced. */
  readonly maxRequests: number;
  /** What a new process does before any request: it connects to the service. */
  readonly opening: Batch;
  /** The code by which a cmdlet says that the process has lost that connection. */
  readonly lostConnectionCode: number;
}

/** How one batch is run. */
export interface RunOptions {
  readonly signal: AbortSignal;
  /** How long the answer may take, once the batch is sent. */
  readonly timeoutMs: number;
  /** Asked right before the batch is sent, each time that it is: may throw to prevent it. */
  readonly beforeSend?: () => void;
}

/** Warm processes on one server. They are started when they are needed, and replaced when they are worn, late or lost. */
export class WorkerPool {
  private readonly slots: Slots;
  private readonly idle: Worker[] = [];
  private readonly all = new Set<Worker>();
  private isClosed = false;

  constructor(private readonly options: PoolOptions) {
    this.slots = new Slots(options.workers);
  }

  /**
   * Runs a batch in a process. What was certainly not carried out because its process was lost is run once more in another.
   * @throws BatchError; PowerShellError
   */
  async run<R extends Returns>(batch: Batch<R>, options: RunOptions): Promise<Answer<R>> {
    try {
      return await this.runOnce(batch, options);
    } catch (error) {
      if (options.signal.aborted || !this.mayRepeat(batch, error)) throw error;
      return this.runOnce(batch, options);
    }
  }

  /** Ends all processes. */
  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.all([...this.all].map((worker) => this.drop(worker)));
  }

  private mayRepeat(batch: Batch, error: unknown): boolean {
    if (error instanceof BatchError) return this.isDisconnected(error) && !error.hasActed;
    if (!(error instanceof PowerShellError) || error.code !== 'LOST') return false;
    return !error.mayHaveActed || !mayChange(batch);
  }

  private async runOnce<R extends Returns>(batch: Batch<R>, options: RunOptions): Promise<Answer<R>> {
    const { signal } = options;
    const giveBack = await this.slots.take(mayChange(batch) ? 'change' : 'read', signal);
    let isSent = false;
    const beforeSend = (): void => {
      options.beforeSend?.();
      isSent = true;
    };
    const work = this.inPlace(batch, { ...options, beforeSend }).finally(giveBack);
    return withdrawable(work, signal, () => isSent && mayChange(batch));
  }

  /** Goes on to its end also when its caller withdraws: the process is busy until then. */
  private async inPlace<R extends Returns>(batch: Batch<R>, options: RunOptions): Promise<Answer<R>> {
    const worker = this.takeIdle() ?? (await this.start(options));
    try {
      if (options.signal.aborted) throw withdrawn(false);
      options.beforeSend?.();
      return readAnswer(await worker.request((id) => requestLine(id, batch), options.timeoutMs), batch);
    } catch (error) {
      if (error instanceof BatchError && this.isDisconnected(error)) void this.drop(worker);
      throw error;
    } finally {
      this.putBack(worker);
    }
  }

  private isDisconnected({ code }: BatchError): boolean {
    return code === this.options.lostConnectionCode;
  }

  private takeIdle(): Worker | undefined {
    for (let worker = this.idle.pop(); worker !== undefined; worker = this.idle.pop()) {
      if (worker.isFit(this.options.maxRequests)) return worker;
      void this.drop(worker);
    }
    return undefined;
  }

  /** Whoever waits for a process that does not come up must not keep the place longer than he waits. */
  private async start({ signal, timeoutMs }: RunOptions): Promise<Worker> {
    if (this.isClosed) throw new PowerShellError('CLOSED', 'the pool is closed', { mayHaveActed: false });
    const worker = await Worker.start(this.options, signal);
    this.all.add(worker);
    const { opening, startTimeoutMs } = this.options;
    try {
      const limitMs = Math.min(startTimeoutMs, timeoutMs);
      readAnswer(await worker.request((id) => requestLine(id, opening), limitMs), opening);
      return worker;
    } catch (error) {
      await this.drop(worker);
      if (error instanceof BatchError) throw error;
      throw new PowerShellError('START_FAILED', 'a new process does not connect', {
        mayHaveActed: false,
        cause: error,
      });
    }
  }

  private putBack(worker: Worker): void {
    if (this.all.has(worker) && !this.isClosed && worker.isFit(this.options.maxRequests)) this.idle.push(worker);
    else void this.drop(worker);
  }

  private async drop(worker: Worker): Promise<void> {
    this.all.delete(worker);
    await worker.close();
  }
}

const withdrawn = (mayHaveActed: boolean): PowerShellError =>
  new PowerShellError('ABORTED', 'the caller withdrew', { mayHaveActed });

/** Ends the wait when the caller withdraws. */
function withdrawable<T>(work: Promise<T>, signal: AbortSignal, mayHaveActed: () => boolean): Promise<T> {
  return new Promise((resolve, reject) => {
    const withdraw = (): void => {
      reject(withdrawn(mayHaveActed()));
    };
    if (signal.aborted) withdraw();
    signal.addEventListener('abort', withdraw, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', withdraw);
    });
  });
}
