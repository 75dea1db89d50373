import type { NtlmDomain } from './ntlm/acceptor';

/** Somebody who may log in. */
export interface FrontAccount {
  /** `DOMAIN\user`, or a bare name for an account of the machine: only those may use Basic. */
  readonly name: string;
  readonly password: string;
  /** `user@realm`, of an account of the domain. */
  readonly upn?: string;
}

/** The domain and the machine of the simulator. */
export class Accounts implements NtlmDomain {
  readonly domain = 'CONTOSO';
  readonly computer = 'SCVMM01';
  readonly dnsDomain = 'contoso.test';

  constructor(private readonly accounts: readonly FrontAccount[]) {}

  /** Names are compared without regard to case, as Windows does. */
  find(username: string, domain: string): FrontAccount | undefined {
    const isLocal = domain === '' || domain === '.' || same(domain, this.computer);
    if (domain === '' && username.includes('@')) return this.accounts.find(({ upn }) => same(upn ?? '', username));
    return this.accounts.find(({ name }) => same(name, isLocal ? username : `${domain}\\${username}`));
  }

  /** An account of the machine whose password is right. */
  basic(username: string, password: string): FrontAccount | undefined {
    const account = this.accounts.find(({ name }) => !name.includes('\\') && same(name, username));
    return account?.password === password ? account : undefined;
  }
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
