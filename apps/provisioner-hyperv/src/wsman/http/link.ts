import type { Socket } from 'node:net';
import type { Authentication, Authenticator, Handshake, MessageSealing } from '../authenticator';
import { WsmanError } from '../wsman.errors';
import { certificateOf, type Dialer } from './dial';
import { exchange, type HttpAnswer } from './exchange';
import type { LoginGate } from './login.gate';
import { isOpen, OneSocketAgent } from './one.socket.agent';
import { isSealed, openBody, sealBody } from './sealed.message';

/** Where links lead, and how they log in; shared by all links of an endpoint. */
export interface LinkTarget {
  readonly url: URL;
  readonly dial: Dialer;
  readonly authenticator: Authenticator;
  readonly logins: LoginGate;
}

/** One envelope to post. */
export interface Post {
  readonly envelope: string;
  readonly doing: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** An answer in the clear. */
export interface PostAnswer {
  readonly status: number;
  /** Empty when the answer has no envelope that may be believed. */
  readonly text: string;
}

const SOAP_TYPE = 'application/soap+xml;charset=UTF-8';
const HANDSHAKE_TIMEOUT_MS = 20_000;
const HANDSHAKE_ROUNDS = 5;

/** One TCP connection: logged in once, sealed with the keys of that login, and of no use when it has ended. */
export class Link {
  private readonly agent: OneSocketAgent;
  private sealing: MessageSealing | undefined;

  private constructor(
    private readonly target: LinkTarget,
    private readonly socket: Socket,
    private readonly proof: Authentication,
  ) {
    this.agent = new OneSocketAgent(socket);
  }

  /**
   * Connects and logs in.
   * @throws WsmanError UNREACHABLE, TLS_REFUSED, CREDENTIALS_REFUSED, AUTHENTICATION_UNAVAILABLE, NO_ANSWER, ABORTED
   */
  static async open(target: LinkTarget, signal: AbortSignal): Promise<Link> {
    const { authenticator, logins, url } = target;
    logins.check();
    const socket = await target.dial(signal);
    try {
      const certificate = certificateOf(socket);
      const proof = authenticator.begin({ host: url.hostname, ...(certificate === undefined ? {} : { certificate }) });
      const link = new Link(target, socket, proof);
      if (proof.kind === 'HANDSHAKE') await logins.attempt(signal, () => link.logIn(proof, signal));
      return link;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  /** Whether requests can still be sent. */
  isOpen(): boolean {
    return isOpen(this.socket);
  }

  /** Whether the login is the connection's, so that a fresh one may mend a 401. */
  isLoggedInOnce(): boolean {
    return this.proof.kind === 'HANDSHAKE';
  }

  /**
   * Posts an envelope. After an error the link is closed.
   * @throws SocketGoneError when nothing was sent; WsmanError NO_ANSWER, ANSWER_TOO_LARGE, BAD_ANSWER, ABORTED
   */
  async post(post: Post): Promise<PostAnswer> {
    try {
      const plain = Buffer.from(post.envelope);
      const { body, contentType } =
        this.sealing === undefined ? { body: plain, contentType: SOAP_TYPE } : sealBody(plain, this.sealing);
      const authorization = this.proof.kind === 'EACH_REQUEST' ? { Authorization: this.proof.authorization } : {};
      const headers = { 'Content-Type': contentType, ...authorization };
      return this.inTheClear(await exchange(this.agent, { url: this.target.url, headers, body, ...post }));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    this.agent.destroy();
  }

  /** Where messages are sealed, words that are not do not count: anybody on the way could have said them. */
  private inTheClear({ status, headers, body }: HttpAnswer): PostAnswer {
    const sealed = isSealed(headers['content-type']);
    if (this.sealing !== undefined && sealed) return { status, text: openBody(body, this.sealing).toString() };
    if (sealed || (this.sealing !== undefined && status === 200)) {
      const expected = sealed ? 'in the clear' : 'sealed';
      throw new WsmanError('BAD_ANSWER', `Unable to believe ${this.target.url.host}: its answer is not ${expected}`, {
        mayHaveActed: true,
      });
    }
    return { status, text: this.sealing === undefined ? body.toString() : '' };
  }

  private async logIn(handshake: Handshake, signal: AbortSignal): Promise<void> {
    let token: Buffer | undefined = await handshake.first();
    for (let round = 0; token !== undefined && round < HANDSHAKE_ROUNDS; round++) {
      const answer = await this.offer(handshake.scheme, token, signal);
      const theirs = tokenOf(answer, handshake.scheme);
      if (answer.status !== 401) {
        await this.complete(handshake, answer.status, theirs);
        return;
      }
      if (theirs === undefined) throw this.refusal(answer, round);
      token = await handshake.answer(theirs);
    }
    throw this.refused();
  }

  private offer(scheme: string, token: Buffer, signal: AbortSignal): Promise<HttpAnswer> {
    return exchange(this.agent, {
      url: this.target.url,
      headers: { 'Content-Type': SOAP_TYPE, Authorization: `${scheme} ${token.toString('base64')}` },
      body: Buffer.alloc(0),
      doing: 'log in',
      timeoutMs: HANDSHAKE_TIMEOUT_MS,
      signal,
    });
  }

  /** Content is the server also when it complains of the empty body; a 5xx without a login is an outage. */
  private async complete(handshake: Handshake, status: number, theirs: Buffer | undefined): Promise<void> {
    const { host, protocol } = this.target.url;
    if (status === 503 || status === 502 || status === 504) {
      throw new WsmanError('HTTP_STATUS', `Unable to log in to ${host}: HTTP ${status}`, { httpStatus: status });
    }
    const sealing = await handshake.finish(theirs);
    if (protocol === 'https:') return;
    if (sealing === undefined) {
      const message = `Unable to log in to ${host}: plain HTTP needs message encryption, which ${this.target.authenticator.name} lacks here`;
      throw new WsmanError('AUTHENTICATION_UNAVAILABLE', message);
    }
    this.sealing = sealing;
  }

  /** A 401 without a token: in the first round the mechanism is not offered, later the proof was not accepted. */
  private refusal({ headers }: HttpAnswer, round: number): WsmanError {
    if (round > 0) return this.refused();
    const schemes = challenges(headers).map((challenge) => challenge.split(/\s/, 1)[0] ?? '');
    const offered = schemes.length === 0 ? 'nothing' : schemes.join(', ');
    const message = `Unable to log in to ${this.target.url.host} by ${this.target.authenticator.name}: it offers ${offered}`;
    return new WsmanError('AUTHENTICATION_UNAVAILABLE', message, { httpStatus: 401 });
  }

  private refused(): WsmanError {
    return credentialsRefused(this.target);
  }
}

/** The error for a 401 that is an answer to the credentials. */
export function credentialsRefused({ url, authenticator }: LinkTarget): WsmanError {
  const message = `Unable to log in to ${url.host} by ${authenticator.name}: the credentials are refused`;
  return new WsmanError('CREDENTIALS_REFUSED', message, { httpStatus: 401 });
}

function challenges(headers: HttpAnswer['headers']): readonly string[] {
  return (headers['www-authenticate'] ?? '').split(/,\s*(?=[A-Za-z])/).filter((challenge) => challenge !== '');
}

function tokenOf({ headers }: HttpAnswer, scheme: string): Buffer | undefined {
  for (const challenge of challenges(headers)) {
    const [name = '', token = ''] = challenge.trim().split(/\s+/);
    if (name.toLowerCase() === scheme.toLowerCase() && token !== '') return Buffer.from(token, 'base64');
  }
  return undefined;
}
