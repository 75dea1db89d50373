import { agentPrivilege, holds, missingPrivileges, type Permissions } from './privilege.policy';

const granted = (paths: Record<string, Record<string, boolean>>): Permissions =>
  new Map(Object.entries(paths).map(([path, privileges]) => [path, new Map(Object.entries(privileges))]));
const all = (...privileges: string[]) => Object.fromEntries(privileges.map((one) => [one, true]));

const ROLE = all(
  'VM.Allocate', 'VM.Clone', 'VM.Audit', 'VM.PowerMgmt', 'VM.Console', 'VM.Config.CPU', 'VM.Config.Memory', 'VM.Config.Disk',
  'VM.Config.Network', 'VM.Config.Options', 'VM.Config.Cloudinit', 'VM.Config.CDROM', 'VM.Config.HWType', 'VM.Snapshot',
  'VM.Snapshot.Rollback', 'VM.GuestAgent.Audit', 'Pool.Audit',
); // prettier-ignore
const without = <T>(all: Readonly<Record<string, T>>, key: string): Record<string, T> =>
  Object.fromEntries(Object.entries(all).filter(([one]) => one !== key));
const places = { majorVersion: 9, pool: 'dcm', storages: ['ceph'], templates: [9001] };
const least = {
  '/pool/dcm': ROLE,
  '/vms/9001': all('VM.Clone', 'VM.Audit'),
  '/storage/ceph': all('Datastore.AllocateSpace', 'Datastore.Audit'),
  '/sdn/zones/localnetwork': all('SDN.Use'),
  '/nodes': all('Sys.Audit'),
};

describe('what the account lacks', () => {
  it('is nothing with the least role', () => {
    expect(missingPrivileges(granted(least), places)).toEqual([]);
  });

  it('is named as Proxmox names it, for each version', () => {
    const old = without(ROLE, 'VM.GuestAgent.Audit');
    expect(missingPrivileges(granted({ ...least, '/pool/dcm': old }), places)).toEqual(['VM.GuestAgent.Audit']);
    expect(missingPrivileges(granted({ ...least, '/pool/dcm': old }), { ...places, majorVersion: 8 })).toEqual([
      'VM.Monitor',
    ]);
    expect([agentPrivilege(8), agentPrivilege(10)]).toEqual(['VM.Monitor', 'VM.GuestAgent.Audit']);
  });

  it.each([
    ['/vms/9001', ['VM.Clone']],
    ['/storage/ceph', ['Datastore.AllocateSpace', 'Datastore.Audit']],
    ['/sdn/zones/localnetwork', ['SDN.Use']],
    ['/nodes', ['Sys.Audit']],
  ])('is what nothing grants at %s', (path, expected) => {
    const rest = without(least, path);
    expect(missingPrivileges(granted(rest), places)).toEqual(expected);
  });

  it('asks for one place of a kind, and for none where there is none', () => {
    const more = { ...places, storages: ['other', 'ceph'], templates: [1, 9001] };
    expect(missingPrivileges(granted(least), more)).toEqual([]);
    expect(missingPrivileges(granted({ ...least, '/vms/9001': {} }), { ...places, templates: [] })).toEqual([]);
  });

  it('looks at all VMs where the site has no pool', () => {
    const { '/pool/dcm': role, ...rest } = least;
    expect(missingPrivileges(granted({ ...rest, '/vms': role }), { ...places, pool: undefined })).toEqual([]);
    expect(missingPrivileges(granted(least), { ...places, pool: undefined })).toContain('VM.Allocate');
  });
});

describe('a privilege', () => {
  it('holds below a path only where that is said', () => {
    const permissions = granted({ '/': { 'VM.Audit': true, 'VM.Clone': false }, '/vms': {} });
    expect(holds(permissions, '/storage/a', 'VM.Audit')).toBe(true);
    expect(holds(permissions, '/storage/a', 'VM.Clone')).toBe(false);
    expect(holds(permissions, '/', 'VM.Clone')).toBe(true);
    expect(holds(permissions, '/vms/1', 'VM.Audit')).toBe(false);
    expect(holds(granted({}), '/vms', 'VM.Audit')).toBe(false);
  });
});
