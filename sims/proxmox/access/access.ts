import { badParameters, forbidden } from '../api.error';
import { Accounts } from './accounts';
import { Acl } from './acl';
import { identityOf, type Identity } from './identity';
import { builtinRoles, privilegesOf, type PveVersion } from './roles';
import { Tickets } from './tickets';

export interface AccessOptions {
  readonly version: PveVersion;
  readonly ticketLifetimeS?: number;
  /** Pools that a path like `/vms/100` or `/storage/nas` belongs to. */
  readonly poolsOf: (path: string) => readonly string[];
}

/** Who may do what in the cluster. */
export class Access {
  readonly accounts = new Accounts();
  readonly acl = new Acl();
  readonly tickets: Tickets;
  readonly version: PveVersion;
  readonly roles: Map<string, readonly string[]>;
  readonly privileges: readonly string[];

  constructor(private readonly options: AccessOptions) {
    this.tickets = new Tickets(() => Math.floor(Date.now() / 1000), options.ticketLifetimeS);
    this.version = options.version;
    this.roles = new Map(builtinRoles(options.version));
    this.privileges = privilegesOf(options.version);
  }

  /**
   * Makes or changes a role.
   * @throws ApiError 400 for a privilege that this release does not have.
   */
  setRole(name: string, privileges: readonly string[]): void {
    const unknown = privileges.find((one) => !this.privileges.includes(one));
    if (unknown !== undefined) throw badParameters({ privs: `invalid format - invalid privilege '${unknown}'\n` });
    this.roles.set(name, privileges);
  }

  /** All privileges of a caller on a path, with those that come from pools. */
  privilegesOn(path: string, identity: Identity): ReadonlySet<string> {
    return new Set(this.privileges.filter(this.#rightsOn(path, identity)));
  }

  has(path: string, identity: Identity, privileges: readonly string[], how: 'all' | 'any' = 'all'): boolean {
    const isHeld = this.#rightsOn(path, identity);
    return how === 'all' ? privileges.every(isHeld) : privileges.some(isHeld);
  }

  /** @throws ApiError 403 that names the first privilege that is missing. */
  require(path: string, identity: Identity, privileges: readonly string[]): void {
    const isHeld = this.#rightsOn(path, identity);
    const missing = privileges.find((one) => !isHeld(one));
    if (missing !== undefined) throw forbidden(`${path}, ${missing}`);
  }

  /** @throws ApiError 403 that names all of them. */
  requireAny(path: string, identity: Identity, privileges: readonly string[]): void {
    if (!this.has(path, identity, privileges, 'any')) throw forbidden(`${path}, ${privileges.join('|')}`);
  }

  /** Whom the header of an API token names, or nothing when it is not good. */
  identifyToken(header: string): Identity | undefined {
    const [authId = '', value = ''] = splitOnce(header, '=');
    const { user, token = '' } = identityOf(authId);
    const now = Math.floor(Date.now() / 1000);
    const known = this.accounts.get(user)?.tokens.get(token);
    if (known?.value !== value || !this.accounts.isValid(user, now)) return undefined;
    return known.expire === 0 || known.expire > now ? { user, token } : undefined;
  }

  /** Whom a login ticket names, or nothing when it is not good. */
  identifyTicket(ticket: string): Identity | undefined {
    const user = this.tickets.userOf(ticket);
    return user !== undefined && this.accounts.isValid(user, Math.floor(Date.now() / 1000)) ? { user } : undefined;
  }

  /** A token with privilege separation needs each right twice: its own and its user's. */
  #rightsOn(path: string, identity: Identity): (privilege: string) => boolean {
    const owner = this.#rightsOfUser(path, identity.user);
    const name = identity.token;
    if (name === undefined || this.accounts.get(identity.user)?.tokens.get(name)?.privsep !== true) return owner;
    const own = this.#rightsOfRoles(path, identity, []);
    return (privilege) => own(privilege) && owner(privilege);
  }

  #rightsOfUser(path: string, user: string): (privilege: string) => boolean {
    if (user === 'root@pam') return () => true;
    return this.#rightsOfRoles(path, { user }, this.accounts.get(user)?.groups ?? []);
  }

  #rightsOfRoles(path: string, identity: Identity, groups: readonly string[]): (privilege: string) => boolean {
    const paths = [path, ...this.options.poolsOf(path).map((pool) => `/pool/${pool}`)];
    const roles = paths.flatMap((one) => this.acl.rolesOn(one, identity, groups));
    return (privilege) => roles.some((role) => this.roles.get(role)?.includes(privilege) === true);
  }
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
