import { randomUUID } from 'node:crypto';
import { Cloud } from './cloud';
import { aDisk } from './devices';
import { Host, HostCluster, StorageVolume, Store } from './host';
import type { Machine } from './machine';
import {
  KIND,
  type CustomProperty,
  type GuestOsProfile,
  type HostGroup,
  type LogicalNetwork,
  type OperatingSystem,
  type RunAsAccount,
  type Template,
  type VmNetwork,
  type VmSubnet,
} from './objects';
import type { TemplateSeed, VmmOptions } from '../options';

const GIB = 1024 ** 3;
const LIMITS = { cpus: 1000, memoryMb: 4 * 1024 * 1024, storageGb: 102_400, vms: 5000 };
const TEMPLATES: readonly TemplateSeed[] = [
  { name: 'debian-12-template', os: 'linux', cpus: 1, memoryMb: 1024, diskGib: 8 },
  { name: 'windows-2022-template', os: 'windows', cpus: 2, memoryMb: 4096, diskGib: 40 },
];

/** Everything that VMs are made of and on; administrators change it, cmdlets of the allow-list do not. */
export interface Fabric {
  readonly groups: readonly HostGroup[];
  readonly hosts: readonly Host[];
  readonly clusters: readonly HostCluster[];
  readonly clouds: readonly Cloud[];
  readonly logicalNetworks: readonly LogicalNetwork[];
  readonly networks: readonly VmNetwork[];
  readonly templates: readonly Template[];
  readonly runAsAccounts: readonly RunAsAccount[];
  readonly profiles: readonly GuestOsProfile[];
  readonly customProperties: readonly CustomProperty[];
  readonly systems: readonly OperatingSystem[];
}

const anId = (): { readonly ID: string } => ({ ID: randomUUID() });

const system = (Name: string, OSType: string): OperatingSystem => ({
  [KIND]: 'OperatingSystem',
  ...anId(),
  Name,
  OSType,
  IsWindows: OSType.startsWith('Windows'),
});

const group = (Name: string, parent: HostGroup | null): HostGroup => ({
  [KIND]: 'HostGroup',
  ...anId(),
  Name,
  Path: parent === null ? Name : `${parent.Path}\\${Name}`,
  ParentHostGroup: parent,
});

function network(Name: string, subnet: string, VLanID: number): VmNetwork {
  const logical: LogicalNetwork = { [KIND]: 'LogicalNetwork', ...anId(), Name: `${Name} (logical)` };
  const part: VmSubnet = {
    [KIND]: 'VMSubnet',
    ...anId(),
    Name: `${Name} subnet`,
    SubnetVLans: [{ Subnet: subnet, VLanID }],
  };
  return {
    [KIND]: 'VMNetwork',
    ...anId(),
    Name,
    Description: '',
    LogicalNetwork: logical,
    VMSubnet: [part],
    IsolationType: 'NoIsolation',
  };
}

function template(seed: TemplateSeed, systems: readonly OperatingSystem[], net: VmNetwork | undefined): Template {
  const isWindows = seed.os === 'windows';
  const generation = seed.generation ?? 2;
  const disk = aDisk(`${seed.name}.vhdx`, '\\\\vmm01.contoso.test\\MSSCVMMLibrary\\VHDs', seed.diskGib * GIB);
  return {
    [KIND]: 'Template',
    ...anId(),
    Name: seed.name,
    Description: '',
    CPUCount: seed.cpus,
    Memory: seed.memoryMb,
    DynamicMemoryEnabled: false,
    Generation: generation,
    SecureBootEnabled: generation === 2,
    SecureBootTemplate: isWindows ? 'MicrosoftWindows' : 'MicrosoftUEFICertificateAuthority',
    OperatingSystem: required(systems.find(({ IsWindows }) => IsWindows === isWindows)),
    Status: 'Normal',
    ModifiedTime: new Date(),
    IsHighlyAvailable: false,
    VirtualHardDisks: [disk],
    VirtualNetworkAdapters: [
      { [KIND]: 'VirtualNetworkAdapter', ...anId(), SlotID: 0, VMNetwork: net ?? null, MACAddressType: 'Dynamic' },
    ],
    VirtualDVDDrives: [{ Bus: generation === 2 ? 0 : 1, LUN: generation === 2 ? 1 : 0 }],
  };
}

const required = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('The simulator is seeded without a part that it needs');
  return value;
};

/** Seeds a small site. @param machines the VMs, for what hosts, stores and clouds have left. */
export function seedFabric(options: VmmOptions, machines: () => readonly Machine[]): Fabric {
  const root = group('All Hosts', null);
  const lab = group('lab', root);
  const systems = [
    system('Debian GNU/Linux 12 (64 bit)', 'Linux'),
    system('Windows Server 2022 Datacenter', 'WindowsServer2022'),
  ];
  const networks = [network('VM Network', '10.88.0.0/16', 0), network('backup', '10.99.0.0/16', 99)];
  const compute = seedHosts(options, { group: lab, operatingSystem: required(systems[1]) }, machines);
  return {
    groups: [root, lab],
    ...compute,
    clouds: [new Cloud('gold', [lab], options.cloudLimits ?? LIMITS, machines)],
    logicalNetworks: networks.map(({ LogicalNetwork }) => LogicalNetwork),
    networks,
    templates: (options.templates ?? TEMPLATES).map((seed) => template(seed, systems, networks[0])),
    runAsAccounts: [
      {
        [KIND]: 'RunAsAccount',
        ...anId(),
        Name: 'dcm-local-admin',
        UserName: 'Administrator',
        Enabled: true,
      },
    ],
    profiles: [
      {
        [KIND]: 'GuestOSProfile',
        ...anId(),
        Name: 'windows-server',
        OperatingSystem: required(systems[1]),
      },
    ],
    customProperties: [
      { [KIND]: 'CustomProperty', ...anId(), Name: 'dcm', Description: 'Mark of DCM', Members: ['VM'] },
    ],
    systems,
  };
}

function seedHosts(
  options: VmmOptions,
  common: { readonly group: HostGroup; readonly operatingSystem: OperatingSystem },
  machines: () => readonly Machine[],
): Pick<Fabric, 'hosts' | 'clusters'> {
  const nodes = options.clusterHosts ?? 2;
  const count = nodes + (options.standaloneHosts ?? 1);
  const capacity = (options.volumeGib ?? 10_240) * GIB;
  const sizes = { logicalProcessors: options.hostCpus ?? 32, memoryGib: options.hostMemoryGib ?? 256 };
  const hosts = Array.from({ length: count }, (_, index) => {
    const name = `hv${String(index + 1).padStart(2, '0')}.contoso.test`;
    return new Host({ ...common, ...sizes, name }, machines);
  });
  const store = (path: string, isShared: boolean): Store => new Store(path, capacity, isShared, machines);
  const shared = ['C:\\ClusterStorage\\Volume1', 'C:\\ClusterStorage\\Volume2'].map((path) => store(path, true));
  hosts.forEach((host, index) => {
    const stores = index < nodes ? shared : [store('D:', false)];
    host.DiskVolumes = stores.map((one) => new StorageVolume(one, host));
  });
  const cluster = nodes === 0 ? [] : [new HostCluster('hvc01.contoso.test', common.group, hosts.slice(0, nodes))];
  return { hosts, clusters: cluster };
}
