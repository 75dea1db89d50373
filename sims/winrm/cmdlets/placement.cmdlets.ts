import { randomUUID } from 'node:crypto';
import { VmConfiguration } from '../model/configuration';
import { placeConfiguration } from '../model/creation';
import { KIND, type PsObject } from '../model/objects';
import { hostsOf } from '../model/placement';
import { cmdlet, type Arguments, type Cmdlet } from './cmdlet';
import { ASYNC, ON_BEHALF, SERVER } from './parameters';

const CONFIGURED =
  'VMConfiguration:VMConfiguration! VMLocation:string PinVMLocation:bool ComputerName:string PinVMHost:bool Description:string Tag:string CostCenter:string Name:string NoConnectedHost:switch';

/** Cmdlets that say where a VM to be shall lie. */
export const placementCmdlets: readonly Cmdlet[] = [
  cmdlet('New-SCVMConfiguration', {
    all: `VMTemplate:Template! Description:string CostCenter:string ${ASYNC}`,
    sets: ['Name:string', 'Name:string! VMHostGroup:HostGroup!', 'Name:string! Cloud:Cloud!'],
    run: ({ args }) => {
      const template = args.the('VMTemplate', 'Template');
      const configuration = new VmConfiguration(template, args.text('Name') ?? template.Name);
      configuration.VMHostGroup = args.object('VMHostGroup', 'HostGroup') ?? null;
      configuration.Cloud = args.object('Cloud', 'Cloud') ?? null;
      describe(configuration, args);
      return [configuration];
    },
  }),
  cmdlet('Set-SCVMConfiguration', {
    all: `${CONFIGURED} ${ASYNC}`,
    sets: [SERVER, 'VMHost:Host!', `VMHostGroup:HostGroup ${SERVER}`, 'Cloud:Cloud!'],
    run: ({ args }) => {
      const configuration = args.the('VMConfiguration', 'VMConfiguration');
      const [host, location] = [args.object('VMHost', 'Host'), args.text('VMLocation')];
      configuration.VMHostGroup = args.object('VMHostGroup', 'HostGroup') ?? configuration.VMHostGroup;
      configuration.Cloud = args.object('Cloud', 'Cloud') ?? configuration.Cloud;
      if (host !== undefined) configuration.VMHost = host;
      configuration.PinVMHost = args.boolean('PinVMHost') ?? (host !== undefined || configuration.PinVMHost);
      if (location !== undefined) configuration.VMLocation = location;
      configuration.PinVMLocation =
        args.boolean('PinVMLocation') ?? (location !== undefined || configuration.PinVMLocation);
      describe(configuration, args);
      return [configuration];
    },
  }),
  cmdlet('Update-SCVMConfiguration', {
    sets: [`VMConfiguration:VMConfiguration! ValidateOnly:bool VMName:string ${ASYNC}`],
    run: ({ vmm, args }) => {
      const configuration = args.the('VMConfiguration', 'VMConfiguration');
      placeConfiguration(vmm, configuration);
      return [configuration];
    },
  }),
  cmdlet('Get-SCVirtualHardDiskConfiguration', {
    sets: [`VMConfiguration:VMConfiguration! ${ON_BEHALF}`],
    run: ({ args }) => args.the('VMConfiguration', 'VMConfiguration').VirtualHardDiskConfigurations,
  }),
  cmdlet('Set-SCVirtualHardDiskConfiguration', {
    sets: [
      `VHDConfiguration:VirtualHardDiskConfiguration! FileName:string DestinationLocation:string DeploymentOption:string PinSourceLocation:bool PinDestinationLocation:bool PinFileName:bool StorageQoSPolicy:string ${ASYNC}`,
    ],
    run: ({ args }) => {
      const disk = args.the('VHDConfiguration', 'VirtualHardDiskConfiguration');
      disk.FileName = args.text('FileName') ?? disk.FileName;
      disk.DestinationLocation = args.text('DestinationLocation') ?? disk.DestinationLocation;
      disk.DeploymentOption = args.text('DeploymentOption') ?? disk.DeploymentOption;
      disk.PinDestinationLocation = args.boolean('PinDestinationLocation') ?? args.has('DestinationLocation');
      disk.PinFileName = args.boolean('PinFileName') ?? disk.PinFileName;
      return [disk];
    },
  }),
  cmdlet('Get-SCVMHostRating', {
    all: `VMName:string PlacementGoal:string DiskSpaceGB:int ${SERVER} ${ON_BEHALF}`,
    sets: ['VMTemplate:Template! VMHostGroup:HostGroup!', 'VMTemplate:Template! Cloud:Cloud!'],
    run: ({ vmm, args }) => {
      const template = args.the('VMTemplate', 'Template');
      const group = args.object('VMHostGroup', 'HostGroup');
      const groups = group === undefined ? (args.object('Cloud', 'Cloud')?.HostGroup ?? []) : [group];
      const hosts = vmm.hasNoScope ? [] : groups.flatMap((one) => hostsOf(vmm.fabric, one));
      return hosts.map((host) => {
        const fits = host.isResponding && host.AvailableForPlacement && host.AvailableMemory >= template.Memory;
        const rating = fits ? 5 - Math.floor((host.CpuUtilization / 100) * 5) : 0;
        return rated(host, rating);
      });
    },
  }),
];

const rated = (VMHost: PsObject & { readonly Name: string }, Rating: number): PsObject & Record<string, unknown> => ({
  [KIND]: 'HostRating',
  ID: randomUUID(),
  Name: VMHost.Name,
  VMHost,
  Rating,
  TransferType: 'Network',
});

function describe(configuration: VmConfiguration, args: Arguments): void {
  configuration.Name = args.text('Name') ?? configuration.Name;
  configuration.Description = args.text('Description') ?? configuration.Description;
  configuration.Tag = args.text('Tag') ?? configuration.Tag;
  configuration.CostCenter = args.text('CostCenter') ?? configuration.CostCenter;
  configuration.ComputerName = args.text('ComputerName') ?? configuration.ComputerName;
}
