import { setTimeout as pause } from 'node:timers/promises';
import type { CallOptions, Command, CommandOptions, OutputChunk } from './api';
import { Channel, type ChannelTarget } from './http/channel';
import {
  received,
  receiveOutput,
  sendInput,
  terminateCommand,
  type CommandAddress,
  type Received,
} from './soap/shell.messages';
import { isWsmanError, WsmanError } from './wsman.errors';

/** Input of one Send: with base64 and the envelope it stays below the envelope size that every server takes. */
const SEND_BYTES = 80_000;
const LAST_WORDS_MS = 5_000;
/** A server that has nothing to say says so after the operation's time; one that does so at once is not asked in a storm. */
const SHORTEST_POLL_MS = 250;

const ignore = (): void => undefined;

/** A program that was started in a shell. */
export class StartedCommand implements Command {
  readonly output: AsyncIterable<OutputChunk>;
  readonly exitCode: Promise<number>;
  private readonly receiving: Channel;
  private readonly end = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private sending: Promise<void> = Promise.resolve();
  private exit: { readonly resolve: (code: number) => void; readonly reject: (error: unknown) => void } | undefined;

  constructor(
    target: ChannelTarget,
    private readonly control: Channel,
    private readonly address: CommandAddress,
    private readonly options: CommandOptions,
  ) {
    this.receiving = new Channel(target);
    this.exitCode = new Promise((resolve, reject) => {
      this.exit = { resolve, reject };
    });
    this.exitCode.catch(ignore);
    const message = `The program has not ended after ${options.deadlineMs} ms`;
    this.timer = setTimeout(() => {
      this.end.abort(new WsmanError('DEADLINE', message, { mayHaveActed: true }));
    }, options.deadlineMs);
    this.timer.unref();
    options.signal?.addEventListener('abort', this.onAbort, { once: true });
    this.output = this.receive();
  }

  get id(): string {
    return this.address.commandId;
  }

  send(bytes: Uint8Array, options: CallOptions & { readonly end?: boolean } = {}): Promise<void> {
    const sent = this.sending.then(() => this.sendPieces(bytes, options));
    // One that failed has lost input, so those that wait behind it must fail as well; the caller hears of each.
    this.sending = sent;
    sent.catch(ignore);
    return sent;
  }

  async terminate({ signal }: CallOptions = {}): Promise<void> {
    try {
      await this.control.call(terminateCommand(this.address), ignore, signal);
    } catch (error) {
      if (!isWsmanError(error, 'SHELL_GONE')) throw error;
    }
  }

  /** Gives the command up on this side. */
  release(): void {
    this.end.abort(new WsmanError('CLOSED', 'The shell of the program was closed here', { mayHaveActed: true }));
    this.stop();
    this.exit?.reject(this.end.signal.reason);
  }

  private readonly onAbort = (): void => {
    const cause: unknown = this.options.signal?.reason;
    this.end.abort(new WsmanError('ABORTED', 'Gave up the program', { mayHaveActed: true, cause }));
  };

  private async sendPieces(bytes: Uint8Array, { signal, end = false }: CallOptions & { end?: boolean }): Promise<void> {
    for (let at = 0; at === 0 || at < bytes.length; at += SEND_BYTES) {
      const piece = bytes.subarray(at, at + SEND_BYTES);
      const isLast = at + SEND_BYTES >= bytes.length;
      await this.control.call(sendInput(this.address, piece, end && isLast), ignore, signal);
    }
  }

  private async *receive(): AsyncGenerator<OutputChunk, void, void> {
    let failure: unknown = new WsmanError('CLOSED', 'The output of the program was not read to its end');
    try {
      for (;;) {
        const { chunks, exitCode } = await this.poll();
        yield* chunks;
        if (exitCode === undefined) continue;
        failure = undefined;
        this.exit?.resolve(exitCode);
        return;
      }
    } catch (error) {
      failure = await this.explained(error);
      throw failure;
    } finally {
      this.stop();
      if (failure !== undefined) this.exit?.reject(failure);
    }
  }

  private async poll(): Promise<Received> {
    const { signal } = this.end;
    signal.throwIfAborted();
    const from = performance.now();
    try {
      return await this.receiving.call(receiveOutput(this.address), received, signal);
    } catch (error) {
      if (!isWsmanError(error, 'TIMED_OUT')) throw error;
      const left = SHORTEST_POLL_MS - (performance.now() - from);
      if (left > 0) await pause(left, undefined, { signal });
      return { chunks: [] };
    }
  }

  /** Why reading ended, as the caller needs to know it; a program that nobody waits for any more is ended. */
  private async explained(error: unknown): Promise<unknown> {
    if (this.end.signal.aborted) {
      if (isWsmanError(this.end.signal.reason, 'CLOSED')) return this.end.signal.reason;
      await this.terminate({ signal: AbortSignal.timeout(LAST_WORDS_MS) }).catch(ignore);
      return this.end.signal.reason;
    }
    if (!isWsmanError(error, 'NO_ANSWER', 'BAD_ANSWER', 'ANSWER_TOO_LARGE')) return error;
    const message = `Output of the program may be lost: ${error.message}`;
    return new WsmanError('OUTPUT_LOST', message, { mayHaveActed: true, cause: error });
  }

  private stop(): void {
    clearTimeout(this.timer);
    this.options.signal?.removeEventListener('abort', this.onAbort);
    this.receiving.close();
  }
}
