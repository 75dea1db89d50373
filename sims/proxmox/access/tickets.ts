import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const LIFETIME_S = 7_200;
/** A ticket may come from a clock that is a little ahead. */
const AHEAD_S = 300;

const hexTime = (seconds: number): string => seconds.toString(16).toUpperCase().padStart(8, '0');

/** Tickets of the login and of the consoles, and the tokens against forged requests. */
export class Tickets {
  #key = randomBytes(32);

  constructor(
    private readonly nowSeconds: () => number,
    private readonly lifetimeS = LIFETIME_S,
  ) {}

  /** Ends the validity of every ticket that was given out. */
  expireAll(): void {
    this.#key = randomBytes(32);
  }

  /** A login ticket, `PVE:user@realm:HEXTIME::signature`. */
  issue(user: string): string {
    return this.#sign(`PVE:${user}:${hexTime(this.nowSeconds())}`);
  }

  /** The user whom a ticket names, or nothing when it is forged or too old. */
  userOf(ticket: string): string | undefined {
    const found = /^PVE:(\S+):([0-9A-F]{8})::/.exec(ticket);
    const [, user = '', time = ''] = found ?? [];
    return this.#isSigned(ticket, `PVE:${user}:${time}`) && this.#isFresh(time, this.lifetimeS) ? user : undefined;
  }

  /** The token that goes with a user's tickets on calls that change something, `HEXTIME:signature`. */
  csrfToken(user: string): string {
    const time = hexTime(this.nowSeconds());
    return `${time}:${this.#csrfSignature(user, time)}`;
  }

  isCsrfToken(token: string, user: string): boolean {
    const [time = '', signature = ''] = token.split(':');
    return isEqual(signature, this.#csrfSignature(user, time)) && this.#isFresh(time, this.lifetimeS);
  }

  /** A ticket for one console, `PVEVNC:HEXTIME::signature`. */
  issueConsole(path: string, authId: string): string {
    const head = `PVEVNC:${hexTime(this.nowSeconds())}`;
    return `${head}::${this.#signature(`${head}:${path}:${authId}`)}`;
  }

  /** A console ticket is good for 40 seconds, one path and who asked for it. */
  isConsoleTicket(ticket: string, path: string, authId: string): boolean {
    const time = /^PVEVNC:([0-9A-F]{8})::/.exec(ticket)?.[1] ?? '';
    const expected = `PVEVNC:${time}::${this.#signature(`PVEVNC:${time}:${path}:${authId}`)}`;
    return isEqual(ticket, expected) && this.#isFresh(time, 40);
  }

  #sign(head: string): string {
    return `${head}::${this.#signature(head)}`;
  }

  #isSigned(ticket: string, head: string): boolean {
    return isEqual(ticket, this.#sign(head));
  }

  #isFresh(time: string, lifetimeS: number): boolean {
    const age = this.nowSeconds() - Number.parseInt(time, 16);
    return age <= lifetimeS && age >= -AHEAD_S;
  }

  /** As long as the vendor's, which are RSA signatures. */
  #signature(text: string): string {
    const parts = ['0', '1', '2', '3'].map((part) =>
      createHmac('sha512', this.#key)
        .update(part + text)
        .digest(),
    );
    return Buffer.concat(parts).toString('base64');
  }

  #csrfSignature(user: string, time: string): string {
    return createHmac('sha256', this.#key).update(`csrf:${time}:${user}`).digest('base64').replace(/=+$/, '');
  }
}

function isEqual(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
