import { forbidden } from '../api.error';
import type { Access } from './access';
import type { Identity } from './identity';

/** What a permission is asked about: who, and the call's parameters as they came. */
export interface PermissionQuestion {
  readonly access: Access;
  readonly identity: Identity;
  readonly given: Readonly<Record<string, unknown>>;
}

/** Ends quietly when the caller may; throws ApiError 403 when not. `world` needs no login. */
export type Permission = 'world' | ((question: PermissionQuestion) => void);

const fill = (path: string, given: PermissionQuestion['given']): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => String(given[name]));

/** Whoever has logged in; the call itself shows only what the caller may see. */
export const everybody: Permission = () => undefined;

/** All of these privileges on a path with `{parameters}`. */
export const allOf =
  (path: string, ...privileges: readonly string[]): Exclude<Permission, 'world'> =>
  ({ access, identity, given }) => {
    access.require(fill(path, given), identity, privileges);
  };

/** One of these privileges at least. */
export const anyOf =
  (path: string, ...privileges: readonly string[]): Exclude<Permission, 'world'> =>
  ({ access, identity, given }) => {
    access.requireAny(fill(path, given), identity, privileges);
  };

/** All of several permissions. */
export const and =
  (...permissions: readonly Exclude<Permission, 'world'>[]): Permission =>
  (question) => {
    for (const permission of permissions) permission(question);
  };

/** One of several permissions at least; the refusal does not say which. */
export const or =
  (...permissions: readonly Exclude<Permission, 'world'>[]): Exclude<Permission, 'world'> =>
  (question) => {
    for (const permission of permissions) {
      try {
        permission(question);
        return;
      } catch {
        // the next one may let it through
      }
    }
    throw forbidden();
  };

/** A permission that holds only for calls with this parameter. */
export const withParameter =
  (name: string, permission: Exclude<Permission, 'world'>): Exclude<Permission, 'world'> =>
  (question) => {
    if (question.given[name] === undefined) throw forbidden();
    permission(question);
  };

/** A caller may see to itself; others need a privilege on a path. */
export const selfOr =
  (path: string, privilege: string): Exclude<Permission, 'world'> =>
  (question) => {
    if (question.given['userid'] === question.identity.user) return;
    allOf(path, privilege)(question);
  };
