import type { LoginBreaker } from './login.breaker';

/** What one login gave; the epoch tells it from the ones before and after. */
export type LoginGrant<T extends object> = T & { readonly epoch: number };

/**
 * The one session of a client. Callers ask for it before each call and report it when the server no longer knows it;
 * however many do either at once, there is one login.
 */
export class LoginSession<T extends object> {
  private epoch = 0;
  private grant: LoginGrant<T> | undefined;
  private login: Promise<LoginGrant<T>> | undefined;

  /** @param logIn makes a session on the server, given the last one when there was any */
  constructor(
    private readonly logIn: (last: T | undefined) => Promise<T>,
    private readonly breaker: LoginBreaker,
  ) {}

  /**
   * The session; logs in when there is none.
   * @throws what the login threw (also locally, see LoginBreaker)
   */
  async ensure(): Promise<LoginGrant<T>> {
    return this.grant ?? this.renew();
  }

  /** The session, when there is one. */
  get current(): LoginGrant<T> | undefined {
    return this.grant;
  }

  /** Makes a new session in place of the present one, which serves the others until then. @throws as `ensure` */
  async renew(): Promise<LoginGrant<T>> {
    this.login ??= this.replace().finally(() => {
      this.login = undefined;
    });
    return this.login;
  }

  /** Reports that the server does not know this session. One that was already replaced stays so. */
  drop(epoch: number): void {
    if (this.grant?.epoch === epoch) this.grant = undefined;
  }

  /** Gives the session up, for logging out; waits for a login that is under way. */
  async surrender(): Promise<LoginGrant<T> | undefined> {
    await this.login?.catch(() => undefined);
    const last = this.grant;
    this.grant = undefined;
    return last;
  }

  private async replace(): Promise<LoginGrant<T>> {
    this.breaker.check();
    try {
      const credentials = await this.logIn(this.grant);
      this.epoch += 1;
      this.grant = { ...credentials, epoch: this.epoch };
      return this.grant;
    } catch (error) {
      this.breaker.noteFailure(error);
      throw error;
    }
  }
}
