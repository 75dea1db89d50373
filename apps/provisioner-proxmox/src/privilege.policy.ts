/** Privileges by path, as GET /access/permissions gives them: whether each holds below the path too. */
export type Permissions = ReadonlyMap<string, ReadonlyMap<string, boolean>>;

/** Without this, absence proves nothing. */
export const SEE = 'VM.Audit';

const VM_PRIVILEGES: readonly string[] = [
  'VM.Allocate',
  SEE,
  'VM.Clone',
  'VM.Config.CDROM',
  'VM.Config.CPU',
  'VM.Config.Cloudinit',
  'VM.Config.Disk',
  'VM.Config.HWType',
  'VM.Config.Memory',
  'VM.Config.Network',
  'VM.Config.Options',
  'VM.Console',
  'VM.PowerMgmt',
  'VM.Snapshot',
  'VM.Snapshot.Rollback',
];

/** The first major version that knows the agent's own privileges, and not VM.Monitor any more. */
const AGENT_PRIVILEGES_SINCE = 9;

/** By which privilege the guest's agent may be asked. */
export const agentPrivilege = (majorVersion: number): string =>
  majorVersion >= AGENT_PRIVILEGES_SINCE ? 'VM.GuestAgent.Audit' : 'VM.Monitor';

/** Where a site's VMs are, and what they need. */
export interface PrivilegePlaces {
  readonly majorVersion: number;
  /** Of the site's VMs. */
  readonly pool?: string | undefined;
  readonly storages: readonly string[];
  readonly templates: readonly number[];
}

/** What the account needs, place by place. Of several places of a kind one is enough. README.md lists the same as one role. */
export function missingPrivileges(permissions: Permissions, places: PrivilegePlaces): string[] {
  const vms = vmsPath(places);
  const isGranted = (paths: readonly string[], privilege: string): boolean =>
    paths.length === 0 || paths.some((path) => holds(permissions, path, privilege));
  const wanted: [paths: readonly string[], privileges: readonly string[]][] = [
    [[vms], [...VM_PRIVILEGES, agentPrivilege(places.majorVersion)]],
    [places.pool === undefined ? [] : [vms], ['Pool.Audit']],
    [places.storages.map((name) => `/storage/${name}`), ['Datastore.AllocateSpace', 'Datastore.Audit']],
    [places.templates.map((vmid) => `/vms/${vmid}`), ['VM.Clone']],
    [['/sdn/zones/localnetwork'], ['SDN.Use']],
    [['/nodes'], ['Sys.Audit']],
  ];
  const missing = wanted.flatMap(([paths, privileges]) => privileges.filter((one) => !isGranted(paths, one)));
  return [...new Set(missing)];
}

/** The path on which the site's VMs get their privileges. */
export const vmsPath = ({ pool }: Pick<PrivilegePlaces, 'pool'>): string =>
  pool === undefined ? '/vms' : `/pool/${pool}`;

/** Whether a privilege holds at a path: said there, or at the nearest path above that is spoken of, for all below it. */
export function holds(permissions: Permissions, path: string, privilege: string): boolean {
  const exact = permissions.get(path);
  if (exact !== undefined) return exact.has(privilege);
  for (let above = parentOf(path); above !== undefined; above = parentOf(above)) {
    const granted = permissions.get(above);
    if (granted !== undefined) return granted.get(privilege) === true;
  }
  return false;
}

function parentOf(path: string): string | undefined {
  if (path === '/') return undefined;
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
