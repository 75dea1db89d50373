import { randomUUID } from 'node:crypto';

/** Somebody who may log in. */
export interface Account {
  /** `name@realm`. */
  readonly user: string;
  password: string;
  isEnabled: boolean;
  /** Seconds since the epoch; 0: never. */
  expire: number;
  readonly groups: readonly string[];
  readonly tokens: Map<string, ApiToken>;
}

export interface ApiToken {
  /** The secret. */
  value: string;
  /** With privilege separation a token has rights of its own, and never more than its user. */
  privsep: boolean;
  /** Seconds since the epoch; 0: never. */
  expire: number;
  comment?: string;
}

/** Users and their API tokens. */
export class Accounts {
  readonly #accounts = new Map<string, Account>();

  get(user: string): Account | undefined {
    return this.#accounts.get(user);
  }

  all(): readonly Account[] {
    return [...this.#accounts.values()];
  }

  add(user: string, password: string, groups: readonly string[] = []): Account {
    const account = { user, password, isEnabled: true, expire: 0, groups, tokens: new Map<string, ApiToken>() };
    this.#accounts.set(user, account);
    return account;
  }

  remove(user: string): void {
    this.#accounts.delete(user);
  }

  /** Makes a token with a secret of its own. */
  addToken(user: string, name: string, token: Partial<ApiToken> = {}): ApiToken {
    const account = this.#accounts.get(user);
    if (account === undefined) throw new Error(`no such user '${user}'`);
    const made = { value: randomUUID(), privsep: true, expire: 0, ...token };
    account.tokens.set(name, made);
    return made;
  }

  /** Whether a user exists, is enabled and has not expired. */
  isValid(user: string, nowSeconds: number): boolean {
    const account = this.#accounts.get(user);
    return account?.isEnabled === true && (account.expire === 0 || account.expire > nowSeconds);
  }
}
