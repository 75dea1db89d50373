import type { Command, Endpoint, Shell } from '../wsman';
import { LineCutter, readFrame, type Frame } from './frame';
import { redacted } from './noise';
import { PowerShellError } from './powershell.errors';
import { dispatcherLine, processCommand } from './scripts';

/** How a process is started and kept. */
export interface WorkerOptions {
  readonly endpoint: Endpoint;
  /** How long it may take to come up. */
  readonly startTimeoutMs: number;
  /** How long it may live at all. */
  readonly maxAgeMs: number;
  /** Told what does not belong to the protocol, without what may be secret. */
  readonly onNoise: (line: string) => void;
}

interface Waiting {
  readonly id: string;
  readonly resolve: (payload: unknown) => void;
  readonly reject: (error: PowerShellError) => void;
}

/** The server ends a process that lives longer than it should, in case nobody here does. */
const AGE_GRACE_MS = 10 * 60_000;
const CLOSE_TIMEOUT_MS = 10_000;

/** One warm process on the server. It takes one request at a time; whatever goes wrong, it is given up. */
export class Worker {
  private readonly cutter = new LineCutter();
  private readonly startedAt = performance.now();
  private waiting: Waiting | undefined;
  private death: PowerShellError | undefined;
  private requests = 0;
  private isSoiled = false;
  private isClosed = false;

  private constructor(
    private readonly options: WorkerOptions,
    private readonly shell: Shell,
    private readonly command: Command,
  ) {}

  /** Starts a process and waits until it is ready. @throws PowerShellError START_FAILED, with the cause */
  static async start(options: WorkerOptions, caller: AbortSignal): Promise<Worker> {
    const signal = AbortSignal.any([caller, AbortSignal.timeout(options.startTimeoutMs)]);
    let shell: Shell | undefined;
    try {
      shell = await options.endpoint.openShell({ signal });
      const deadlineMs = options.maxAgeMs + AGE_GRACE_MS;
      const command = await shell.command({ ...processCommand(), deadlineMs, signal });
      const worker = new Worker(options, shell, command);
      void worker.listen();
      await worker.comeUp(signal);
      return worker;
    } catch (cause) {
      void shell?.close({ signal: AbortSignal.timeout(CLOSE_TIMEOUT_MS) }).catch(() => undefined);
      throw new PowerShellError('START_FAILED', 'no process could be started', { mayHaveActed: false, cause });
    }
  }

  /** Whether it can take another request. */
  isFit(maxRequests: number): boolean {
    if (this.death !== undefined || this.isClosed || this.isSoiled) return false;
    return this.requests < maxRequests && performance.now() - this.startedAt < this.options.maxAgeMs;
  }

  /**
   * Sends a request and waits for its answer. One that is late leaves the process in a state that nobody knows: it is
   * given up.
   * @param lineOf makes the line for an id
   * @throws PowerShellError LOST, DEADLINE, BAD_FRAME
   */
  async request(lineOf: (id: string) => Buffer, timeoutMs: number): Promise<unknown> {
    this.requests += 1;
    const id = String(this.requests);
    return this.exchange(id, lineOf(id), timeoutMs);
  }

  /** Ends the process, whatever the server says. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.die(new PowerShellError('CLOSED', 'the process was closed', { mayHaveActed: true }));
    await this.shell.close({ signal: AbortSignal.timeout(CLOSE_TIMEOUT_MS) }).catch(() => undefined);
  }

  /** What is written to stderr until then, such as the progress of loading, says nothing of later requests. */
  private async comeUp(signal: AbortSignal): Promise<void> {
    const giveUp = (): void => {
      this.die(new PowerShellError('ABORTED', 'it did not come up in time', { mayHaveActed: false }));
    };
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      await this.exchange('0', dispatcherLine(), this.options.startTimeoutMs);
      this.isSoiled = false;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  private async exchange(id: string, line: Buffer, timeoutMs: number): Promise<unknown> {
    if (this.death !== undefined) throw this.unsent(this.death);
    const answer = new Promise<unknown>((resolve, reject) => {
      this.waiting = { id, resolve, reject };
    });
    // It is awaited below; a death before that is no unhandled rejection.
    answer.catch(() => undefined);
    const timer = setTimeout(() => {
      this.die(new PowerShellError('DEADLINE', `no answer within ${timeoutMs} ms`, { mayHaveActed: true }));
    }, timeoutMs);
    try {
      void this.send(line);
      return await answer;
    } finally {
      clearTimeout(timer);
      this.waiting = undefined;
    }
  }

  private async send(line: Buffer): Promise<void> {
    try {
      await this.command.send(line);
    } catch (cause) {
      const mayHaveActed = (cause as { readonly mayHaveActed?: unknown }).mayHaveActed !== false;
      this.die(new PowerShellError('LOST', 'the request could not be sent', { mayHaveActed, cause }));
    }
  }

  /** A request that finds the process dead was not sent. */
  private unsent({ code, message, cause }: PowerShellError): PowerShellError {
    return new PowerShellError(code === 'CLOSED' ? code : 'LOST', message, { mayHaveActed: false, cause });
  }

  private async listen(): Promise<void> {
    try {
      for await (const { stream, bytes } of this.command.output) {
        if (stream === 'stdout') this.hear(bytes);
        else this.soil(bytes);
      }
      this.die(new PowerShellError('LOST', 'the process ended', { mayHaveActed: true }));
    } catch (cause) {
      const error = cause instanceof PowerShellError ? cause : undefined;
      this.die(error ?? new PowerShellError('LOST', 'its output was lost', { mayHaveActed: true, cause }));
    }
    this.command.exitCode.catch(() => undefined);
  }

  private hear(bytes: Buffer): void {
    for (const line of this.cutter.cut(bytes)) {
      const frame = readFrame(line);
      if (frame === undefined) this.options.onNoise(redacted(line));
      else this.take(frame);
    }
  }

  private take({ id, payload }: Frame): void {
    if (this.waiting?.id === id) this.waiting.resolve(payload);
    else this.options.onNoise(`an answer to request ${redacted(id)}, which nobody waits for`);
  }

  private soil(bytes: Buffer): void {
    this.isSoiled = true;
    this.options.onNoise(redacted(bytes.toString('utf8')));
  }

  private die(error: PowerShellError): void {
    this.death ??= error;
    this.waiting?.reject(error);
  }
}
