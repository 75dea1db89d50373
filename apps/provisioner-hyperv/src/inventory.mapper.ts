import type { Host, HostGroup, Places, Template, Volume, Entity } from './places';
import type { Row } from './powershell/rows';

const NAMED = { id: 'ID', name: 'Name' } as const;

/** What is read of the fabric. `TotalMemory` and capacities are bytes, `AvailableMemory` and `Memory` are MiB. */
export const PLACE_FIELDS = {
  hosts: {
    ...NAMED,
    state: 'OverallState',
    isForPlacement: 'AvailableForPlacement:b',
    cores: 'LogicalProcessorCount:i',
    bytes: 'TotalMemory:i',
    freeMb: 'AvailableMemory:i',
    cluster: 'HostCluster.Name',
    group: 'VMHostGroup.Path',
  },
  clusters: NAMED,
  groups: { ...NAMED, path: 'Path' },
  volumes: {
    ...NAMED,
    partition: 'PartitionUniqueID',
    bytes: 'Capacity:i',
    freeBytes: 'FreeSpace:i',
    isCsv: 'IsClusterSharedVolume:b',
    isForPlacement: 'IsAvailableForPlacement:b',
    host: 'VMHost.Name',
    mounts: 'MountPoints:s[]',
  },
  clouds: NAMED,
  networks: NAMED,
  templates: {
    ...NAMED,
    status: 'Status',
    generation: 'Generation:i',
    os: 'OperatingSystem.Name',
    modifiedAt: 'ModifiedTime:d',
    disks: { each: 'VirtualHardDisks', of: { id: 'ID', bytes: 'MaximumSize:i' } },
    nics: { each: 'VirtualNetworkAdapters', of: { id: 'ID' } },
  },
} as const;

type Fabric = typeof PLACE_FIELDS;
type Rows = { readonly [K in keyof Fabric]: readonly Row<Fabric[K]>[] };

/** The fabric as DCM sees it. */
export const placesOf = (rows: Rows): Places => ({
  hosts: rows.hosts.map(hostOf),
  clusters: rows.clusters.map(entityOf),
  groups: rows.groups.map(groupOf),
  volumes: volumesOf(rows.volumes),
  clouds: rows.clouds.map(entityOf),
  networks: rows.networks.map(entityOf),
  templates: rows.templates.filter(isTemplate).map(templateOf),
});

function entityOf({ id, name }: Row<typeof NAMED>): Entity {
  return { id: id ?? '', name: name ?? '', names: [name ?? ''] };
}

function hostOf(row: Rows['hosts'][number]): Host {
  const { id, name } = entityOf(row);
  return {
    id,
    name,
    names: [name, name.split('.')[0] ?? name],
    isUsable: row.state?.toUpperCase() === 'OK' && row.isForPlacement !== false,
    cores: row.cores ?? undefined,
    memoryMib: row.bytes === null ? undefined : Math.floor(row.bytes / 1024 ** 2),
    freeMib: row.freeMb ?? undefined,
    cluster: row.cluster ?? undefined,
    group: row.group ?? '',
  };
}

function groupOf(row: Rows['groups'][number]): HostGroup {
  const { id, name } = entityOf(row);
  const path = row.path ?? name;
  return { id, name, names: [name, path], path };
}

/** VMM shows a cluster shared volume once for each of its hosts. */
function volumesOf(rows: Rows['volumes']): Volume[] {
  const volumes = new Map<string, Volume>();
  for (const row of rows) {
    const volume = volumeOf(row);
    const key = volume.isShared && row.partition !== null ? row.partition.toLowerCase() : volume.id;
    const known = volumes.get(key);
    volumes.set(key, known === undefined ? volume : { ...known, hosts: new Set([...known.hosts, ...volume.hosts]) });
  }
  return [...volumes.values()];
}

function volumeOf(row: Rows['volumes'][number]): Volume {
  const { id, name } = entityOf(row);
  const path = row.mounts[0] ?? name;
  const last = path
    .split('\\')
    .filter((part) => part !== '')
    .at(-1);
  return {
    id,
    name: last ?? name,
    names: [...new Set([name, path, ...(last === undefined ? [] : [last])])],
    isShared: row.isCsv ?? false,
    isUsable: row.isForPlacement ?? true,
    totalBytes: row.bytes ?? undefined,
    freeBytes: row.freeBytes ?? undefined,
    hosts: new Set(row.host === null ? [] : [row.host.toLowerCase()]),
    path,
  };
}

/** Templates that wizards leave behind bear their own id as a name. */
const isTemplate = ({ id, name, status }: Rows['templates'][number]): boolean =>
  name !== id && (status === null || status === 'Normal');

function templateOf(row: Rows['templates'][number]): Template {
  return {
    ...entityOf(row),
    os: row.os ?? undefined,
    generation: row.generation ?? undefined,
    version: row.modifiedAt ?? row.disks.map(({ id }) => id).join(' '),
    diskBytes: row.disks.map(({ bytes }) => bytes ?? 0),
    nics: row.nics.length,
  };
}
