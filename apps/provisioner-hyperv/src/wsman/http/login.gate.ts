import { ConcurrencyGate, LoginBreaker } from '@dcm/connection';
import { isWsmanError } from '../wsman.errors';

/**
 * Keeps a wrong password from being tried more than once: as long as no login has succeeded, they are made one at a time,
 * and after a refusal none is made until the back-off has passed.
 */
export class LoginGate {
  private readonly gate = new ConcurrencyGate(1);
  private readonly breaker: LoginBreaker;
  private isProven = false;

  constructor(backOffMs: number) {
    this.breaker = new LoginBreaker(backOffMs, (error) => isWsmanError(error, 'CREDENTIALS_REFUSED'));
  }

  /** @throws WsmanError CREDENTIALS_REFUSED while the back-off lasts. */
  check(): void {
    this.breaker.check();
  }

  /**
   * Makes an attempt in which the credentials are shown.
   * @throws WsmanError CREDENTIALS_REFUSED without an attempt, while the back-off lasts.
   */
  async attempt<T>(signal: AbortSignal, login: () => Promise<T>): Promise<T> {
    this.breaker.check();
    if (this.isProven) return this.noted(login);
    const leave = await this.gate.enter(signal);
    try {
      this.breaker.check();
      return await this.noted(login);
    } finally {
      leave();
    }
  }

  private async noted<T>(login: () => Promise<T>): Promise<T> {
    try {
      const result = await login();
      this.isProven = true;
      return result;
    } catch (error) {
      this.breaker.noteFailure(error);
      if (isWsmanError(error, 'CREDENTIALS_REFUSED')) this.isProven = false;
      throw error;
    }
  }
}
