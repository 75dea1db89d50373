import { HypervisorError, type CallContext, type OperationContext } from '@dcm/contracts';
import { isFault, toHypervisorError } from './reference.errors';
import { ReferenceFault } from './reference-fault';
import type { ReferenceHypervisor } from './reference-hypervisor';

type Work<T> = (session: string) => Promise<T>;

/** One session with the reference hypervisor: one login for all who wait, one more when the session has ended, a deadline for each call. */
export class ReferenceSession {
  private login: Promise<string> | undefined;

  private readonly callTimeoutMs: number;

  constructor(
    private readonly server: ReferenceHypervisor,
    private readonly options: { password?: string; callTimeoutMs?: number; trusts?: boolean } = {},
  ) {
    this.callTimeoutMs = options.callTimeoutMs ?? 2_000;
  }

  /** A call that only looks. @throws HypervisorError */
  async look<T>(action: string, ctx: CallContext, work: Work<T>): Promise<T> {
    try {
      return await this.call(ctx, work);
    } catch (error) {
      throw toHypervisorError(error, action, 'NONE');
    }
  }

  /** A call that changes something. @throws ReferenceFault as it is: what it means depends on what was to be changed. */
  change<T>(ctx: OperationContext, work: Work<T>): Promise<T> {
    return this.call(ctx, (session) => {
      ctx.assertMayMutate();
      return work(session);
    });
  }

  private async call<T>(ctx: CallContext, work: Work<T>): Promise<T> {
    const login = (this.login ??= this.open());
    try {
      return await this.inTime(ctx, login, work);
    } catch (error) {
      if (this.login === login && !isFault(error, 'InvalidLogin')) await this.forgetUnlessGood(login, error);
      if (!isFault(error, 'NotAuthenticated')) throw error;
    }
    return this.inTime(ctx, (this.login ??= this.open()), work);
  }

  /** Not a byte goes to who shows the wrong certificate. */
  private open(): Promise<string> {
    const { trusts = true, password = 'reference' } = this.options;
    if (!trusts)
      return Promise.reject(new ReferenceFault('Untrusted', 'the certificate is another than the pinned one'));
    return this.server.login(password);
  }

  /** A refused password stays refused, because a loop of logins locks the account; a login that failed otherwise is tried again. */
  private async forgetUnlessGood(login: Promise<string>, error: unknown): Promise<void> {
    const hasEnded = isFault(error, 'NotAuthenticated') || isFault(error, 'Timeout') || isFault(error, 'Aborted');
    const hasFailed = hasEnded || (await login.then(() => false).catch(() => true));
    if (hasFailed && this.login === login) this.login = undefined;
  }

  private async inTime<T>(ctx: CallContext, login: Promise<string>, work: Work<T>): Promise<T> {
    const call = new AbortController();
    const giveUp = (kind: 'Aborted' | 'Timeout') => (): void => {
      call.abort(new ReferenceFault(kind, kind === 'Timeout' ? 'no answer in time' : 'the caller gave up'));
    };
    const isOutOfTime = (): boolean =>
      ctx.signal.reason instanceof HypervisorError && ctx.signal.reason.reason === 'BUDGET_EXHAUSTED';
    const aborted = (): void => {
      giveUp(isOutOfTime() ? 'Timeout' : 'Aborted')();
    };
    const timer = setTimeout(giveUp('Timeout'), Math.min(this.callTimeoutMs, ctx.remainingMs()));
    ctx.signal.addEventListener('abort', aborted);
    if (ctx.signal.aborted) aborted();
    else if (ctx.remainingMs() <= 0) giveUp('Timeout')();
    try {
      return await Promise.race([rejection(call.signal), this.run(call.signal, login, work)]);
    } finally {
      clearTimeout(timer);
      ctx.signal.removeEventListener('abort', aborted);
    }
  }

  /** What was given up before it was sent is never sent. */
  private async run<T>(signal: AbortSignal, login: Promise<string>, work: Work<T>): Promise<T> {
    const session = await login;
    signal.throwIfAborted();
    return work(session);
  }
}

const rejection = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
