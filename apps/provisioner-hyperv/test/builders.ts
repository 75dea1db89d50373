import type { Ownership, VmSpec } from '@dcm/contracts';
import { siteOptionsSchema, type SiteOptions } from '../src/hyperv.config';
import { readMachine, type Machine } from '../src/machine.mapper';
import { bareMark } from '../src/mark.mapper';
import type { Host, Places, Template, Volume } from '../src/places';

export const GIB = 1024 ** 3;
export const VM_ID = 'aaaaaaaa-0000-4000-8000-000000000001';

export const anOwnership = (changes: Partial<Ownership> = {}): Ownership => ({
  installation: 'lab',
  tenant: 'tenant-a',
  project: 'project-a',
  instance: '0198f3c2-0000-7000-8000-000000000003',
  ...changes,
});

type MachineRow = Parameters<typeof readMachine>[0];

/** A small VM of ours that is off, as VMM shows it. */
export const aRow = (changes: Partial<MachineRow> = {}): MachineRow => ({
  id: VM_ID,
  name: 'web-0198f3c2',
  description: `${bareMark(anOwnership())}:${VM_ID}`,
  status: 'PowerOff',
  cpus: 1,
  memoryMb: 1024,
  isDynamic: false,
  generation: 2,
  isSecure: true,
  secureTemplate: 'MicrosoftWindows',
  hasGuestServices: false,
  host: 'hv01.contoso.test',
  cloud: null,
  taskId: null,
  taskStatus: null,
  restored: null,
  nics: [
    {
      id: 'nic-0',
      slot: 0,
      mac: '00:15:5D:00:00:01',
      ipv4: [],
      ipv6: [],
      network: 'VM Network',
      networkId: 'net-1',
      hasVlan: false,
      vlan: 0,
    },
  ],
  disks: [{ id: 'disk-0', busType: 'SCSI', bus: 0, lun: 0, bytes: 8 * GIB, parent: null }],
  dvds: [],
  checkpoints: [],
  ...changes,
});

export const aMachine = (changes: Partial<MachineRow> = {}): Machine => readMachine(aRow(changes));

export const aSpec = (changes: Partial<VmSpec> = {}): VmSpec => ({
  name: 'web',
  platformName: 'web-0198f3c2',
  image: { name: 'debian-12', source: 'debian-12-template' },
  cpus: 1,
  memoryMib: 1024,
  disks: [],
  networks: [{ network: 'VM Network' }],
  poweredOn: true,
  labels: {},
  metadata: {},
  guest: { hostname: null, sshKeys: [], userData: null },
  ...changes,
});

export const someOptions = (changes: Partial<SiteOptions> = {}): SiteOptions => siteOptionsSchema.parse(changes);

const entity = (id: string, name: string) => ({ id, name, names: [name] });

export const aHost = (changes: Partial<Host> = {}): Host => ({
  ...entity('host-1', 'hv01.contoso.test'),
  names: ['hv01.contoso.test', 'hv01'],
  isUsable: true,
  cores: 32,
  memoryMib: 131_072,
  freeMib: 100_000,
  cluster: 'hvc01.contoso.test',
  group: 'All Hosts\\lab',
  ...changes,
});

export const aVolume = (changes: Partial<Volume> = {}): Volume => ({
  ...entity('volume-1', 'Volume1'),
  names: ['Volume1', 'C:\\ClusterStorage\\Volume1'],
  isShared: true,
  isUsable: true,
  totalBytes: 1000 * GIB,
  freeBytes: 500 * GIB,
  hosts: new Set(['hv01.contoso.test', 'hv02.contoso.test']),
  path: 'C:\\ClusterStorage\\Volume1',
  ...changes,
});

export const aTemplate = (changes: Partial<Template> = {}): Template => ({
  ...entity('template-1', 'debian-12-template'),
  os: 'Debian GNU/Linux 12 (64 bit)',
  generation: 2,
  version: '2026-01-01T00:00:00.000Z',
  diskBytes: [8 * GIB],
  nics: 1,
  ...changes,
});

const group = (id: string, path: string) => ({
  ...entity(id, path.split('\\').at(-1) ?? ''),
  names: [path, path.split('\\').at(-1) ?? ''],
  path,
});

export const somePlaces = (changes: Partial<Places> = {}): Places => ({
  hosts: [
    aHost(),
    aHost({ ...entity('host-2', 'hv02.contoso.test'), freeMib: 120_000 }),
    aHost({ ...entity('host-3', 'hv03.contoso.test'), cluster: undefined, group: 'All Hosts' }),
  ],
  clusters: [entity('cluster-1', 'hvc01.contoso.test')],
  groups: [group('group-1', 'All Hosts'), group('group-2', 'All Hosts\\lab')],
  volumes: [aVolume()],
  clouds: [entity('cloud-1', 'gold')],
  networks: [entity('net-1', 'VM Network'), entity('net-2', 'backup')],
  templates: [
    aTemplate(),
    aTemplate({
      ...entity('template-2', 'windows-2022-template'),
      os: 'Windows Server 2022 Datacenter',
      diskBytes: [40 * GIB],
    }),
  ],
  ...changes,
});
