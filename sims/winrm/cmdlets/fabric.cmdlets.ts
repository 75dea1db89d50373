import { randomUUID } from 'node:crypto';
import { CloudCapacity } from '../model/cloud';
import { VmmError } from '../model/errors';
import { KIND, type PsObject } from '../model/objects';
import { hostsOf } from '../model/placement';
import { byNameAndId, cmdlet, type Cmdlet } from './cmdlet';
import { ON_BEHALF, SERVER } from './parameters';

/** The management server as `Get-SCVMMServer` gives it. */
const connection = (Name: string, UserRole: PsObject | undefined): PsObject & Record<string, unknown> => ({
  [KIND]: 'ServerConnection',
  ID: randomUUID(),
  Name,
  FQDN: Name,
  Port: 8100,
  IsConnected: true,
  ProductVersion: '10.22.1287.0',
  ServerInterfaceVersion: '4.1.0.0',
  UserRole,
});

/** Cmdlets that read what VMs are made on and of. */
export const fabricCmdlets: readonly Cmdlet[] = [
  cmdlet('Get-SCVMMServer', {
    needsConnection: false,
    sets: [
      'ComputerName:string! TCPPort:int Credential:credential UserRoleName:string RetainObjectCache:switch RetainDeletedObjects:switch AllowJobGC:switch SetAsDefault:switch ForOnBehalfOf:switch',
    ],
    run: ({ vmm, args }) => {
      const name = args.text('ComputerName') ?? '';
      const known = ['localhost', vmm.name, vmm.name.split('.')[0]];
      if (vmm.hasNoRole || !known.includes(name.toLowerCase())) throw new VmmError(1604, [name]);
      return [connection(vmm.name, vmm.roles[0])];
    },
  }),
  cmdlet('Get-SCUserRole', {
    all: `${SERVER} ${ON_BEHALF}`,
    sets: ['Name:string ID:guid'],
    run: ({ vmm, args }) => byNameAndId(args, vmm.roles),
  }),
  cmdlet('Get-SCVMHostGroup', {
    all: SERVER,
    sets: ['Name:string ID:guid', 'ParentHostGroup:HostGroup Name:string'],
    run: ({ vmm, args }) => {
      const parent = args.object('ParentHostGroup', 'HostGroup');
      const seen = vmm.hasNoScope ? [] : vmm.fabric.groups;
      return byNameAndId(args, parent === undefined ? seen : seen.filter((one) => one.ParentHostGroup === parent));
    },
  }),
  cmdlet('Get-SCVMHost', {
    sets: [
      `ComputerName:string ID:guid ${SERVER}`,
      'VMHostGroup:HostGroup! ComputerName:string',
      'VMHostCluster:HostCluster! ComputerName:string',
    ],
    run: ({ vmm, args }) => {
      const [group, cluster] = [args.object('VMHostGroup', 'HostGroup'), args.object('VMHostCluster', 'HostCluster')];
      const name = args.text('ComputerName')?.toLowerCase();
      const all = vmm.hasNoScope ? [] : group === undefined ? vmm.fabric.hosts : hostsOf(vmm.fabric, group);
      const seen = all.filter(
        (host) =>
          (cluster === undefined || host.HostCluster === cluster) &&
          (name === undefined || [host.Name, host.ComputerName].some((one) => one.toLowerCase() === name)),
      );
      return byNameAndId(args, seen);
    },
  }),
  cmdlet('Get-SCVMHostCluster', {
    sets: [`Name:string ID:guid ${SERVER}`, 'VMHostGroup:HostGroup! Name:string'],
    run: ({ vmm, args }) => {
      const group = args.object('VMHostGroup', 'HostGroup');
      const seen = vmm.hasNoScope ? [] : vmm.fabric.clusters;
      return byNameAndId(args, group === undefined ? seen : seen.filter(({ HostGroup }) => HostGroup === group));
    },
  }),
  cmdlet('Get-SCStorageVolume', {
    sets: [`Name:string ID:guid ${SERVER} ${ON_BEHALF}`, `VMHost:Host! Name:string ${ON_BEHALF}`],
    run: ({ vmm, args }) => {
      const host = args.object('VMHost', 'Host');
      const hosts = vmm.hasNoScope ? [] : host === undefined ? vmm.fabric.hosts : [host];
      return byNameAndId(
        args,
        hosts.flatMap(({ DiskVolumes }) => DiskVolumes),
      );
    },
  }),
  cmdlet('Get-SCCloud', {
    all: `${SERVER} ${ON_BEHALF}`,
    sets: ['Name:string ID:guid', 'UserRole:UserRole! Name:string', 'VMHostGroup:HostGroup! Name:string'],
    run: ({ vmm, args }) => byNameAndId(args, vmm.hasNoScope ? [] : vmm.fabric.clouds),
  }),
  cmdlet('Get-SCCloudCapacity', {
    sets: [`Cloud:Cloud! ${SERVER} ${ON_BEHALF}`],
    run: ({ args }) => [new CloudCapacity(args.the('Cloud', 'Cloud'))],
  }),
  cmdlet('Get-SCVMTemplate', {
    all: `${SERVER} ${ON_BEHALF}`,
    sets: ['Name:string All:switch', 'Name:string ID:guid'],
    run: ({ vmm, args }) => byNameAndId(args, vmm.fabric.templates),
  }),
  cmdlet('Get-SCVMNetwork', {
    all: `${SERVER} ${ON_BEHALF}`,
    sets: ['Name:string ID:guid', 'LogicalNetwork:LogicalNetwork! Name:string'],
    run: ({ vmm, args }) => byNameAndId(args, vmm.fabric.networks),
  }),
  cmdlet('Get-SCVMSubnet', {
    all: `${SERVER} ${ON_BEHALF}`,
    sets: ['Name:string ID:guid', 'VMNetwork:VMNetwork! Name:string'],
    run: ({ vmm, args }) => {
      const network = args.object('VMNetwork', 'VMNetwork');
      const networks = network === undefined ? vmm.fabric.networks : [network];
      return byNameAndId(
        args,
        networks.flatMap(({ VMSubnet }) => VMSubnet),
      );
    },
  }),
  cmdlet('Get-SCRunAsAccount', {
    all: `${SERVER} ${ON_BEHALF}`,
    sets: ['Name:string ID:guid'],
    run: ({ vmm, args }) => byNameAndId(args, vmm.fabric.runAsAccounts),
  }),
  cmdlet('Get-SCGuestOSProfile', {
    all: `${SERVER} ${ON_BEHALF}`,
    sets: ['Name:string ID:guid'],
    run: ({ vmm, args }) => byNameAndId(args, vmm.fabric.profiles),
  }),
  cmdlet('Get-SCCustomProperty', {
    all: SERVER,
    sets: ['Name:string ID:guid'],
    run: ({ vmm, args }) => byNameAndId(args, vmm.fabric.customProperties),
  }),
];
