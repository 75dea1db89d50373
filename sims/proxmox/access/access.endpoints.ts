import { ApiError, badParameters, failure } from '../api.error';
import type { Cluster } from '../cluster/cluster';
import type { Call, Endpoint } from '../http/endpoint';
import { configId, roleId, tokenFullId, userId } from '../schema/formats';
import { flag, integer, optional, text, type ParameterTable } from '../schema/parameter';
import type { AclEntry } from './acl';
import { authIdOf, identityOf } from './identity';
import { allOf, everybody, or, selfOr } from './permission';

/** Groups of paths under which a login shows its rights. */
const CAPABILITIES: Readonly<Record<string, readonly [string, RegExp]>> = {
  access: ['/access', /^(User|Group|Realm|Permissions)\./],
  dc: ['/', /^(SDN\.|Sys\.(Audit|Modify))/],
  nodes: ['/nodes', /^(Sys|Permissions)\./],
  sdn: ['/sdn', /^(SDN|Permissions)\./],
  storage: ['/storage', /^(Datastore|Permissions)\./],
  vms: ['/vms', /^(VM|Permissions)\./],
};

function capabilities({ access }: Cluster, user: string): object {
  return Object.fromEntries(
    Object.entries(CAPABILITIES).map(([name, [path, pattern]]) => {
      const held = [...access.privilegesOn(path, { user })].filter((one) => pattern.test(one));
      return [name, Object.fromEntries(held.map((one) => [one, 1]))];
    }),
  );
}

/** Checks a password, or a ticket that is still good in its place. @throws ApiError 401 */
function login({ cluster, params }: Call): object {
  const { access } = cluster;
  const name = params.text('username');
  const realm = params.optionalText('realm');
  const user = realm === undefined || name.includes('@') ? name : `${name}@${realm}`;
  const password = params.text('password');
  const isTicket = password.startsWith('PVE:') && access.tickets.userOf(password) === user;
  const account = access.accounts.get(user);
  const isGood = account !== undefined && (isTicket || account.password === password);
  if (!isGood || !access.accounts.isValid(user, cluster.clock.seconds()))
    throw new ApiError(401, 'authentication failure');
  return {
    username: user,
    ticket: access.tickets.issue(user),
    CSRFPreventionToken: access.tickets.csrfToken(user),
    cap: capabilities(cluster, user),
    clustername: 'dcm-sim',
  };
}

const mayToken = or(selfOr('/access/groups', 'User.Modify'), allOf('/access/groups', 'User.Modify'));
const token: ParameterTable = {
  userid: text({ maxLength: 64, format: userId }),
  tokenid: text({ pattern: /[A-Za-z][A-Za-z0-9.\-_]+/ }),
};

function makeToken({ cluster, params }: Call): object {
  const [user, name] = [params.text('userid'), params.text('tokenid')];
  const account = cluster.access.accounts.get(user);
  if (account === undefined) throw badParameters({ userid: `no such user ('${user}')` });
  if (account.tokens.has(name)) throw badParameters({ tokenid: 'Token already exists.' });
  const comment = params.optionalText('comment');
  const made = cluster.access.accounts.addToken(user, name, {
    privsep: !params.has('privsep') || params.flag('privsep'),
    expire: params.optionalNumber('expire') ?? 0,
    ...(comment === undefined ? {} : { comment }),
  });
  return { 'full-tokenid': `${user}!${name}`, info: { privsep: made.privsep ? 1 : 0 }, value: made.value };
}

function removeToken({ cluster, params }: Call): null {
  const tokens = cluster.access.accounts.get(params.text('userid'))?.tokens;
  if (tokens?.delete(params.text('tokenid')) !== true) throw failure(`no such token '${params.text('tokenid')}'`);
  return null;
}

const aclList = ({ cluster, identity }: Call): readonly object[] =>
  cluster.access.acl
    .entries()
    .filter(({ path }) => cluster.access.has(path, identity, ['Permissions.Modify']))
    .map(({ path, kind, holder, role, propagate }) => ({
      ...{ path, type: kind, ugid: holder, roleid: role, propagate: propagate ? 1 : 0 },
    }));

function changeAcl({ cluster, identity, params }: Call): null {
  const path = params.text('path');
  cluster.access.require(path, identity, ['Permissions.Modify']);
  const propagate = !params.has('propagate') || params.flag('propagate');
  const holders = (['users', 'tokens', 'groups'] as const).flatMap((list) =>
    params.list(list).map((holder) => ({ kind: list.slice(0, -1) as AclEntry['kind'], holder })),
  );
  for (const role of params.list('roles')) {
    if (!cluster.access.roles.has(role)) throw badParameters({ roles: `role '${role}' does not exist` });
    for (const holder of holders) {
      const entry = { ...holder, path, role, propagate };
      if (params.flag('delete')) cluster.access.acl.remove(entry);
      else cluster.access.acl.add(entry);
    }
  }
  return null;
}

/** GET /access/permissions: paths with an entry of their own, and what the caller may do there. */
function permissions({ cluster, identity, params }: Call): object {
  const { access } = cluster;
  const wanted = params.optionalText('userid') ?? authIdOf(identity);
  if (identityOf(wanted).user !== identity.user) access.require('/access', identity, ['Sys.Audit']);
  const path = params.optionalText('path');
  const top = ['/', '/access', '/nodes', '/pool', '/sdn', '/storage', '/vms'];
  const paths = path === undefined ? [...new Set([...top, ...access.acl.entries().map((one) => one.path)])] : [path];
  const rows = paths.map((one) => [one, [...access.privilegesOn(one, identityOf(wanted))]] as const);
  return Object.fromEntries(
    rows
      .filter(([, held]) => held.length > 0)
      .map(([one, held]) => [one, Object.fromEntries(held.map((name) => [name, 1]))]),
  );
}

const rolesList = ({ cluster }: Call): readonly object[] =>
  [...cluster.access.roles].map(([roleid, privs]) => ({
    roleid,
    privs: privs.join(','),
    special: roleid.startsWith('PVE') ? 1 : 0,
  }));

function addRole({ cluster, params }: Call): null {
  const name = params.text('roleid');
  if (cluster.access.roles.has(name)) throw failure(`role '${name}' already exists`);
  cluster.access.setRole(name, params.list('privs'));
  return null;
}

/** Logins, tokens, roles and rights. */
export const accessEndpoints: readonly Endpoint[] = [
  {
    method: 'POST',
    path: '/access/ticket',
    permission: 'world',
    parameters: {
      username: text({ maxLength: 64 }),
      password: text(),
      'new-format': optional(flag()),
      otp: optional(text()),
      path: optional(text({ maxLength: 64, requires: 'privs' })),
      privs: optional(text({ maxLength: 64, requires: 'path', isList: true })),
      realm: optional(text({ maxLength: 32 })),
      'tfa-challenge': optional(text()),
    },
    isProtected: true,
    handle: login,
  },
  { method: 'GET', path: '/access/ticket', permission: 'world', parameters: {}, handle: () => null },
  {
    method: 'POST',
    path: '/access/users/{userid}/token/{tokenid}',
    permission: mayToken,
    parameters: {
      ...token,
      comment: optional(text()),
      expire: optional(integer({ minimum: 0 })),
      privsep: optional(flag()),
    },
    isProtected: true,
    handle: makeToken,
  },
  {
    method: 'DELETE',
    path: '/access/users/{userid}/token/{tokenid}',
    permission: mayToken,
    parameters: token,
    isProtected: true,
    handle: removeToken,
  },
  { method: 'GET', path: '/access/roles', permission: everybody, parameters: {}, handle: rolesList },
  {
    method: 'POST',
    path: '/access/roles',
    permission: allOf('/access', 'Sys.Modify'),
    parameters: { roleid: text({ format: roleId }), privs: optional(text({ format: roleId, isList: true })) },
    isProtected: true,
    handle: addRole,
  },
  { method: 'GET', path: '/access/acl', permission: everybody, parameters: {}, handle: aclList },
  {
    method: 'PUT',
    path: '/access/acl',
    permission: everybody,
    parameters: {
      path: text(),
      roles: text({ format: roleId, isList: true }),
      delete: optional(flag()),
      groups: optional(text({ format: configId, isList: true })),
      propagate: optional(flag()),
      tokens: optional(text({ format: tokenFullId, isList: true })),
      users: optional(text({ format: userId, isList: true })),
    },
    isProtected: true,
    handle: changeAcl,
  },
  {
    method: 'GET',
    path: '/access/permissions',
    permission: everybody,
    parameters: { path: optional(text()), userid: optional(text()) },
    handle: permissions,
  },
];
