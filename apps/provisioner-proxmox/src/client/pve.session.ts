import { LoginBreaker, LoginSession, type LoginGrant } from '@dcm/connection';
import { isLoginRefused, PveTransportError, type PveScheme } from './pve.errors';
import { encodeRequest, type PveMethod, type PveRequest } from './pve.request';

/** What proves who we are, for one call. */
export interface Identity {
  readonly scheme: PveScheme;
  readonly headers: Readonly<Record<string, string>>;
  /** What must stand in no error. */
  readonly secrets: readonly string[];
  /** Which ticket it is. */
  readonly epoch: number;
}

/** Who we are. A user name with `!` in it is that of an API token: `dcm@pve!provisioner`. */
export interface Account {
  readonly username: string;
  readonly password: string;
  /** How long a refused password is not tried again. */
  readonly loginBackOffMs: number;
}

interface Ticket {
  readonly ticket: string;
  readonly csrfToken: string;
  /** By the monotonic clock. */
  readonly madeAt: number;
}

/** Makes the call that asks for a ticket; it needs no identity. @returns the answer's data */
export type AskForTicket = (request: PveRequest, secrets: readonly string[]) => Promise<unknown>;

/** A ticket lasts two hours. */
const RENEW_AFTER_MS = 90 * 60_000;
const LIFETIME_MS = 119 * 60_000;

/**
 * The account's identity before the cluster: an API token, which needs no login, or a ticket, made once for all who ask
 * and renewed before it ends. A refused password is not tried again until the back-off has passed.
 * @see https://pve.proxmox.com/wiki/Proxmox_VE_API (Authentication)
 */
export class PveSession {
  private readonly tickets: LoginSession<Ticket>;

  /** @param now a monotonic clock, in milliseconds */
  constructor(
    private readonly account: Account,
    private readonly ask: AskForTicket,
    private readonly now: () => number = () => performance.now(),
  ) {
    const breaker = new LoginBreaker(account.loginBackOffMs, isLoginRefused, now);
    this.tickets = new LoginSession((last) => this.logIn(last), breaker);
  }

  /** Whether calls are made by token. */
  get usesToken(): boolean {
    return this.account.username.includes('!');
  }

  /** What to send along with a call. @throws PveRefusal (the login was refused), PveTransportError */
  async identify(method: PveMethod): Promise<Identity> {
    const { username, password } = this.account;
    if (this.usesToken) {
      const headers = { Authorization: `PVEAPIToken=${username}=${password}` };
      return { scheme: 'token', headers, secrets: [password], epoch: 0 };
    }
    const { ticket, csrfToken, epoch } = await this.valid();
    const headers = {
      Cookie: `PVEAuthCookie=${encodeURIComponent(ticket)}`,
      ...(method !== 'GET' && { CSRFPreventionToken: csrfToken }),
    };
    return { scheme: 'ticket', headers, secrets: [password, ticket, csrfToken], epoch };
  }

  /** Reports that the cluster does not take this ticket. */
  drop(epoch: number): void {
    this.tickets.drop(epoch);
  }

  private async valid(): Promise<LoginGrant<Ticket>> {
    const grant = await this.tickets.ensure();
    return this.now() - grant.madeAt < RENEW_AFTER_MS ? grant : this.tickets.renew();
  }

  /** With the last ticket in place of the password while that is valid, else with the password. */
  private async logIn(last: Ticket | undefined): Promise<Ticket> {
    if (last !== undefined && this.now() - last.madeAt < LIFETIME_MS) {
      try {
        return await this.request(last.ticket);
      } catch (error) {
        if (!isLoginRefused(error)) throw error;
      }
    }
    return this.request(this.account.password);
  }

  private async request(password: string): Promise<Ticket> {
    const madeAt = this.now();
    const request = encodeRequest('POST', ['access', 'ticket'], { username: this.account.username, password });
    // A second ticket does no harm.
    const data = await this.ask({ ...request, isRepeatable: true }, [this.account.password, password]);
    return readTicket(data, request.call, madeAt);
  }
}

function readTicket(data: unknown, call: string, madeAt: number): Ticket {
  const { ticket, CSRFPreventionToken: csrfToken, NeedTFA: half } = (data ?? {}) as Readonly<Record<string, unknown>>;
  if (half !== undefined) {
    const text = 'the account asks for a second factor: use an API token';
    throw new PveTransportError('SECOND_FACTOR', call, { text, mayHaveRun: true });
  }
  if (typeof ticket !== 'string' || typeof csrfToken !== 'string') {
    throw new PveTransportError('UNEXPECTED_ANSWER', call, { text: 'it gave no ticket', mayHaveRun: true });
  }
  return { ticket, csrfToken, madeAt };
}
