import { authIdOf, type Identity } from './identity';

/** One right on one path. */
export interface AclEntry {
  readonly path: string;
  readonly kind: 'user' | 'token' | 'group';
  /** `user@realm`, `user@realm!token` or the group's name. */
  readonly holder: string;
  readonly role: string;
  readonly propagate: boolean;
}

const NO_ACCESS = 'NoAccess';

const isSame = (one: AclEntry, other: AclEntry): boolean =>
  one.path === other.path && one.kind === other.kind && one.holder === other.holder && one.role === other.role;

/** Access lists of a cluster: what stands on a deeper path replaces what comes from above. */
export class Acl {
  readonly #byPath = new Map<string, readonly AclEntry[]>();

  /** Everything that was entered. */
  entries(): readonly AclEntry[] {
    return [...this.#byPath.values()].flat();
  }

  add(entry: AclEntry): void {
    const others = (this.#byPath.get(entry.path) ?? []).filter((one) => !isSame(one, entry));
    this.#byPath.set(entry.path, [...others, entry]);
  }

  remove(entry: AclEntry): void {
    this.#byPath.set(
      entry.path,
      (this.#byPath.get(entry.path) ?? []).filter((one) => !isSame(one, entry)),
    );
  }

  /** Forgets all entries on a path, as the vendor does when the thing that it names is removed. */
  removePath(path: string): void {
    this.#byPath.delete(path);
  }

  /** The names of the roles that a holder has on a path; a user's own entries on one level win over its groups'. */
  rolesOn(path: string, identity: Identity, groups: readonly string[]): readonly string[] {
    let roles: readonly string[] = [];
    for (const prefix of prefixesOf(path)) {
      const entries = this.#byPath.get(prefix);
      const found = entries === undefined ? [] : rolesAmong(entries, identity, { groups, isLeaf: prefix === path });
      if (found.length > 0) roles = found;
    }
    return roles.includes(NO_ACCESS) ? [] : roles;
  }
}

/** `/`, `/vms`, `/vms/100` for `/vms/100`. Lists of a thousand VMs ask this a thousand times. */
function* prefixesOf(path: string): Generator<string> {
  yield '/';
  for (let at = path.indexOf('/', 1); at > 0; at = path.indexOf('/', at + 1)) yield path.slice(0, at);
  if (path !== '/') yield path;
}

function rolesAmong(
  entries: readonly AclEntry[],
  identity: Identity,
  { groups, isLeaf }: { readonly groups: readonly string[]; readonly isLeaf: boolean },
): readonly string[] {
  const valid = entries.filter((one) => isLeaf || one.propagate);
  const kind = identity.token === undefined ? 'user' : 'token';
  const own = valid.filter((one) => one.kind === kind && one.holder === authIdOf(identity));
  if (own.length > 0 || kind === 'token') return own.map((one) => one.role);
  return valid.filter((one) => one.kind === 'group' && groups.includes(one.holder)).map((one) => one.role);
}
