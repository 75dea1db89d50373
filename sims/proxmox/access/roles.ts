/** Releases whose privileges this simulator knows. */
export type PveVersion = '8.4' | '9.2';

const ALWAYS = [
  ...['Datastore.Allocate', 'Datastore.AllocateSpace', 'Datastore.AllocateTemplate', 'Datastore.Audit'],
  ...['Group.Allocate', 'Mapping.Audit', 'Mapping.Modify', 'Mapping.Use', 'Permissions.Modify'],
  ...['Pool.Allocate', 'Pool.Audit', 'Realm.Allocate', 'Realm.AllocateUser', 'SDN.Allocate', 'SDN.Audit', 'SDN.Use'],
  ...['Sys.AccessNetwork', 'Sys.Audit', 'Sys.Console', 'Sys.Incoming', 'Sys.Modify', 'Sys.PowerMgmt', 'Sys.Syslog'],
  ...['User.Modify', 'VM.Allocate', 'VM.Audit', 'VM.Backup', 'VM.Clone', 'VM.Config.CDROM', 'VM.Config.CPU'],
  ...['VM.Config.Cloudinit', 'VM.Config.Disk', 'VM.Config.HWType', 'VM.Config.Memory', 'VM.Config.Network'],
  ...['VM.Config.Options', 'VM.Console', 'VM.Migrate', 'VM.PowerMgmt', 'VM.Snapshot', 'VM.Snapshot.Rollback'],
];

const AGENT = [
  ...['VM.GuestAgent.Audit', 'VM.GuestAgent.FileRead', 'VM.GuestAgent.FileSystemMgmt'],
  ...['VM.GuestAgent.FileWrite', 'VM.GuestAgent.Unrestricted', 'VM.Replicate'],
];

/** All privileges of a release: the guest agent's have replaced VM.Monitor in 9. */
export const privilegesOf = (version: PveVersion): readonly string[] =>
  [...ALWAYS, ...(version === '9.2' ? AGENT : ['VM.Monitor'])].sort();

/** What it takes to ask a guest agent. */
export const agentPrivileges = (version: PveVersion): readonly string[] =>
  version === '9.2' ? ['VM.GuestAgent.Audit', 'VM.GuestAgent.Unrestricted'] : ['VM.Monitor'];

/** The roles that every installation has. */
export function builtinRoles(version: PveVersion): ReadonlyMap<string, readonly string[]> {
  const all = privilegesOf(version);
  const of = (...patterns: readonly RegExp[]): readonly string[] =>
    all.filter((name) => patterns.some((pattern) => pattern.test(name)));
  const vmUser = [/^VM\.(Audit|Backup|Console|PowerMgmt|Config\.(CDROM|Cloudinit))$/, /^VM\.GuestAgent\.Audit$/];
  return new Map([
    ['Administrator', all],
    ['NoAccess', []],
    [
      'PVEAdmin',
      all.filter((name) => !/^(Permissions\.Modify|Realm\.|Sys\.(Modify|PowerMgmt|AccessNetwork|Incoming))/.test(name)),
    ],
    ['PVEAuditor', of(/\.Audit$/)],
    ['PVEDatastoreAdmin', of(/^Datastore\./)],
    ['PVEDatastoreUser', of(/^Datastore\.(Audit|AllocateSpace)$/)],
    ['PVEPoolAdmin', of(/^Pool\./)],
    ['PVEPoolUser', of(/^Pool\.Audit$/)],
    ['PVESDNAdmin', of(/^SDN\./)],
    ['PVESDNUser', of(/^SDN\.(Audit|Use)$/)],
    ['PVESysAdmin', of(/^Sys\.(Audit|Console|Syslog)$/)],
    ['PVETemplateUser', of(/^VM\.(Audit|Clone)$/)],
    ['PVEUserAdmin', of(/^(User\.Modify|Group\.Allocate|Realm\.AllocateUser)$/)],
    ['PVEVMAdmin', of(/^VM\./)],
    ['PVEVMUser', of(...vmUser)],
  ]);
}
