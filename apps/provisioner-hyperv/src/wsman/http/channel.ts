import { randomUUID } from 'node:crypto';
import { ConcurrencyGate } from '@dcm/connection';
import { readAnswer, type Answer } from '../soap/answer';
import { encodeEnvelope, type WsmanRequest } from '../soap/envelope';
import { XmlFormatError, type XmlNode } from '../soap/xml.reader';
import { faultError, isWsmanError, WsmanError } from '../wsman.errors';
import { credentialsRefused, Link, type LinkTarget, type PostAnswer } from './link';
import { SocketGoneError } from './one.socket.agent';

type LinkPost = Parameters<Link['post']>[0];

/** What all channels of an endpoint share. */
export interface ChannelTarget extends LinkTarget {
  readonly operationTimeoutMs: number;
  readonly answerGraceMs: number;
}

const MAX_ENVELOPE_BYTES = 153_600;
const NEVER = new AbortController().signal;

/**
 * Carries requests one after the other over one connection, and over a fresh one when that has ended. Only what certainly
 * was not carried out is sent again, and only once.
 */
export class Channel {
  private readonly turn = new ConcurrencyGate(1);
  private isClosed = false;
  private link: Link | undefined;

  constructor(private readonly target: ChannelTarget) {}

  /** Whether a request is under way or waits. */
  isBusy(): boolean {
    return this.turn.isFull();
  }

  /**
   * @returns the body of the answer, as `read` understands it
   * @throws WsmanError
   */
  async call<T>(request: WsmanRequest, read: (body: XmlNode) => T, signal: AbortSignal = NEVER): Promise<T> {
    const leave = await this.myTurn(request, signal);
    try {
      if (this.isClosed) throw this.closed(request);
      return await this.carry(request, read, signal);
    } catch (error) {
      throw this.isClosed ? this.closed(request, error) : error;
    } finally {
      leave();
    }
  }

  /** Ends the connection and what is under way on it; nothing can be called after it. */
  close(): void {
    this.isClosed = true;
    this.link?.close();
  }

  private async myTurn(request: WsmanRequest, signal: AbortSignal): Promise<() => void> {
    try {
      return await this.turn.enter(signal);
    } catch (error) {
      throw new WsmanError('ABORTED', `Gave up waiting to ${this.place(request)}`, { cause: error });
    }
  }

  private closed(request: WsmanRequest, cause?: unknown): WsmanError {
    if (isWsmanError(cause, 'CLOSED')) return cause;
    const mayHaveActed = cause instanceof WsmanError && cause.mayHaveActed;
    return new WsmanError('CLOSED', `Unable to ${this.place(request)}: it was closed here`, { cause, mayHaveActed });
  }

  private async carry<T>(request: WsmanRequest, read: (body: XmlNode) => T, signal: AbortSignal): Promise<T> {
    const messageId = `uuid:${randomUUID().toUpperCase()}`;
    const envelope = encodeEnvelope(request, {
      to: this.target.url.href,
      messageId,
      operationTimeoutMs: this.target.operationTimeoutMs,
      maxEnvelopeBytes: MAX_ENVELOPE_BYTES,
    });
    const answer = await this.post(request, envelope, signal);
    return this.understood(request, messageId, answer, read);
  }

  private async post(request: WsmanRequest, envelope: string, signal: AbortSignal): Promise<PostAnswer> {
    const timeoutMs = this.target.operationTimeoutMs + this.target.answerGraceMs;
    const post = { envelope, doing: request.doing, timeoutMs, signal };
    const first = await this.attempt(post, true);
    const answer = first ?? (await this.attempt(post, false));
    if (answer !== undefined) return answer;
    throw new WsmanError('UNREACHABLE', `Unable to ${this.place(request)}: the connection ended before it was used`);
  }

  /** @returns undefined when the request was certainly not carried out and another connection may help. */
  private async attempt(post: LinkPost, mayRepeat: boolean): Promise<PostAnswer | undefined> {
    const link = await this.openLink(post.signal);
    try {
      const answer = await this.postOver(link, post, mayRepeat);
      if (answer === undefined) link.close();
      return answer;
    } catch (error) {
      if (error instanceof SocketGoneError) return undefined;
      throw error;
    }
  }

  private postOver(link: Link, post: LinkPost, mayRepeat: boolean): Promise<PostAnswer | undefined> {
    if (link.isLoggedInOnce() && mayRepeat) {
      return link.post(post).then((answer) => (answer.status === 401 ? undefined : answer));
    }
    return this.target.logins.attempt(post.signal, async () => {
      const answer = await link.post(post);
      if (answer.status !== 401) return answer;
      link.close();
      throw credentialsRefused(this.target);
    });
  }

  private async openLink(signal: AbortSignal): Promise<Link> {
    if (this.link?.isOpen() !== true) {
      this.link?.close();
      this.link = undefined;
      this.link = await Link.open(this.target, signal);
      // Closed in the meantime: the post then finds its socket gone.
      if (this.isClosed) this.link.close();
    }
    return this.link;
  }

  private understood<T>(
    request: WsmanRequest,
    messageId: string,
    { status, text }: PostAnswer,
    read: (body: XmlNode) => T,
  ): T {
    try {
      const answer = this.decoded(request, status, text);
      if (answer.relatesTo !== undefined && answer.relatesTo.toUpperCase() !== messageId.toUpperCase()) {
        throw new XmlFormatError('it answers another request');
      }
      if (answer.fault !== undefined) throw faultError(this.place(request), answer.fault, status);
      if (status !== 200) throw this.badStatus(request, status);
      return read(answer.body);
    } catch (error) {
      if (!(error instanceof XmlFormatError)) throw error;
      this.link?.close();
      const message = `Unable to ${this.place(request)}: the answer cannot be used: ${error.message}`;
      throw new WsmanError('BAD_ANSWER', message, { mayHaveActed: true, httpStatus: status });
    }
  }

  /** An error status without a fault that can be read is what it is; a 200 must be an answer. */
  private decoded(request: WsmanRequest, status: number, text: string): Answer {
    try {
      return readAnswer(text);
    } catch (error) {
      if (status === 200 || !(error instanceof XmlFormatError)) throw error;
      throw this.badStatus(request, status);
    }
  }

  private badStatus(request: WsmanRequest, httpStatus: number): WsmanError {
    return new WsmanError('HTTP_STATUS', `Unable to ${this.place(request)}: HTTP ${httpStatus}`, {
      httpStatus,
      mayHaveActed: httpStatus >= 500,
    });
  }

  private place({ doing }: WsmanRequest): string {
    return `${doing} on ${this.target.url.host}`;
  }
}
