import type { IncomingMessage } from 'node:http';
import type { Accounts } from './accounts';
import { LoginRefused, NtlmAcceptor, type AcceptorOptions } from './ntlm/acceptor';
import type { ServerSealing } from './ntlm/sealing';

/** Which proofs the service takes; may be changed while it runs. */
export interface LoginPolicy {
  basic: boolean;
  negotiate: boolean;
  /** WinRM's AllowUnencrypted: whether plain HTTP may carry what is not sealed. */
  allowUnencrypted: boolean;
}

/** What the front has seen of logins. */
export interface LoginCounts {
  /** Logins that were accepted, by `Basic` (one per request) and `Negotiate` (one per connection). */
  accepted: Record<'Basic' | 'Negotiate', number>;
  /** Proofs that were refused: a password, or the last message of a handshake. */
  refused: number;
  /** Why the last one was refused. */
  lastRefusal?: string;
  /** What the last handshake carried. */
  lastHandshake?: { readonly hasMic: boolean; readonly hasChannelBinding: boolean; readonly targetName: string };
}

/** What a request's credentials come to. */
export type Verdict =
  | { readonly kind: 'KNOWN'; readonly account: string; readonly sealing?: ServerSealing }
  /** 401; `token` continues a handshake. */
  | { readonly kind: 'CHALLENGE'; readonly token?: string };

/** Everything that logins on one connection need. */
export interface LoginContext {
  readonly accounts: Accounts;
  readonly policy: LoginPolicy;
  readonly acceptor: AcceptorOptions;
  readonly counts: LoginCounts;
}

/** The login of one connection: Negotiate holds for the connection, Basic for a request. */
export class ConnectionLogin {
  private acceptor: NtlmAcceptor | undefined;
  private known: Extract<Verdict, { kind: 'KNOWN' }> | undefined;

  constructor(private readonly context: LoginContext) {}

  /** Judges the credentials of a request, or those that the connection has shown before. */
  judge({ headers }: IncomingMessage): Verdict {
    const [scheme = '', token = ''] = (headers.authorization ?? '').split(/\s+/);
    const { policy } = this.context;
    if (scheme === '') return this.known ?? { kind: 'CHALLENGE' };
    if (/^basic$/i.test(scheme) && policy.basic) return this.basic(token);
    if (/^(?:negotiate|ntlm)$/i.test(scheme) && policy.negotiate) return this.negotiate(scheme, token);
    return { kind: 'CHALLENGE' };
  }

  /** The `WWW-Authenticate` values of a 401. */
  offers(): string[] {
    const { policy } = this.context;
    return [...(policy.negotiate ? ['Negotiate'] : []), ...(policy.basic ? ['Basic realm="WSMAN"'] : [])];
  }

  forget(): void {
    this.known = undefined;
    this.acceptor = undefined;
  }

  private basic(token: string): Verdict {
    const text = Buffer.from(token, 'base64').toString();
    const colon = text.indexOf(':');
    const account = this.context.accounts.basic(text.slice(0, colon), text.slice(colon + 1));
    const { policy, acceptor } = this.context;
    if (account === undefined) return this.refuse('Basic: no such account of the machine, or another password');
    if (acceptor.certificate === undefined && !policy.allowUnencrypted) return this.refuse('Basic: not without TLS');
    this.context.counts.accepted.Basic += 1;
    return { kind: 'KNOWN', account: account.name };
  }

  private negotiate(scheme: string, token: string): Verdict {
    const message = Buffer.from(token, 'base64');
    const type = NtlmAcceptor.typeOf(message);
    if (type === 1) {
      this.forget();
      this.acceptor = new NtlmAcceptor(this.context.accounts, this.context.acceptor);
      return { kind: 'CHALLENGE', token: `${scheme} ${this.acceptor.challengeFor(message).toString('base64')}` };
    }
    return type === 3 ? this.accept(message) : this.refuse('Negotiate: not an NTLM message');
  }

  private accept(message: Buffer): Verdict {
    const { acceptor } = this;
    this.forget();
    if (acceptor === undefined) return this.refuse('Negotiate: no challenge was asked for');
    try {
      const { account, sealing, ...seen } = acceptor.accept(message);
      this.context.counts.accepted.Negotiate += 1;
      this.context.counts.lastHandshake = seen;
      this.known = { kind: 'KNOWN', account, sealing };
      return this.known;
    } catch (error) {
      if (!(error instanceof LoginRefused)) throw error;
      return this.refuse(`Negotiate: ${error.message}`);
    }
  }

  private refuse(why: string): Verdict {
    this.context.counts.refused += 1;
    this.context.counts.lastRefusal = why;
    return { kind: 'CHALLENGE' };
  }
}
