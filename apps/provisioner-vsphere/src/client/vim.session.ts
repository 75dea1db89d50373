import type { LoginBreaker } from './login.breaker';

/** What a login gives. */
export interface SessionCredentials {
  /** The cookie, `name=value`. */
  readonly cookie: string;
  /** The session's key, which some operations ask for. */
  readonly key: string;
}

/** One session; the epoch tells it from the ones before and after. */
export interface SessionGrant extends SessionCredentials {
  readonly epoch: number;
}

/**
 * The one session of a client. Callers ask for it before each call and report it when the server no longer knows it;
 * however many do either at once, there is one login.
 */
export class VimSession {
  private epoch = 0;
  private grant: SessionGrant | undefined;
  private login: Promise<SessionGrant> | undefined;

  /** @param logIn makes a session on the server */
  constructor(
    private readonly logIn: () => Promise<SessionCredentials>,
    private readonly breaker: LoginBreaker,
  ) {}

  /**
   * The session; logs in when there is none.
   * @throws VimFault `InvalidLogin` (also locally, see LoginBreaker), VimTransportError
   */
  async ensure(): Promise<SessionGrant> {
    if (this.grant) return this.grant;
    this.login ??= this.renew().finally(() => {
      this.login = undefined;
    });
    return this.login;
  }

  /** The session, when there is one. */
  get current(): SessionGrant | undefined {
    return this.grant;
  }

  /** Reports that the server does not know this session. One that was already replaced stays so. */
  drop(epoch: number): void {
    if (this.grant?.epoch === epoch) this.grant = undefined;
  }

  /** Gives the session up, for logging out; waits for a login that is under way. */
  async surrender(): Promise<SessionGrant | undefined> {
    await this.login?.catch(() => undefined);
    const last = this.grant;
    this.grant = undefined;
    return last;
  }

  private async renew(): Promise<SessionGrant> {
    this.breaker.check();
    try {
      const credentials = await this.logIn();
      this.epoch += 1;
      this.grant = { ...credentials, epoch: this.epoch };
      return this.grant;
    } catch (error) {
      this.breaker.noteFailure(error);
      throw error;
    }
  }
}
