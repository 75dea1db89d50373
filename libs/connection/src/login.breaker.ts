/**
 * Keeps a wrong password from locking the account: after a refused login it refuses locally, with the same error, until
 * the back-off has passed. Then one attempt is let through.
 */
export class LoginBreaker {
  private refusal: { readonly error: Error; readonly until: number } | undefined;

  /**
   * @param backOffMs how long to refuse
   * @param isRefusal whether an error says that the credentials are wrong
   * @param now a monotonic clock, in milliseconds
   */
  constructor(
    private readonly backOffMs: number,
    private readonly isRefusal: (error: unknown) => boolean,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @throws the error of the refused login while the back-off lasts. */
  check(): void {
    if (this.refusal !== undefined && this.now() < this.refusal.until) throw this.refusal.error;
  }

  /** Takes note of how a login failed. */
  noteFailure(error: unknown): void {
    if (!(error instanceof Error) || !this.isRefusal(error)) return;
    this.refusal = { error, until: this.now() + this.backOffMs };
  }
}
