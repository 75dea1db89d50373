import { VimFault } from './vim.errors';

/**
 * Keeps a wrong password from locking the account: after InvalidLogin it refuses locally, with the same fault, until
 * the back-off has passed. Then one attempt is let through.
 */
export class LoginBreaker {
  private refusal: { readonly fault: VimFault; readonly until: number } | undefined;

  /** @param backOffMs how long to refuse @param now a monotonic clock, in milliseconds */
  constructor(
    private readonly backOffMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @throws VimFault `InvalidLogin` while the back-off lasts. */
  check(): void {
    if (this.refusal === undefined || this.now() >= this.refusal.until) return;
    const { fault, operation, explanation, detail } = this.refusal.fault;
    throw new VimFault(fault, operation, explanation, detail);
  }

  /** Takes note of how a login failed. */
  noteFailure(error: unknown): void {
    if (!(error instanceof VimFault) || error.fault !== 'InvalidLogin') return;
    this.refusal = { fault: error, until: this.now() + this.backOffMs };
  }
}
