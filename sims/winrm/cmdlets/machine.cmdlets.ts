import { create, runGroup, type Hardware } from '../model/creation';
import { configure, type Settings } from '../model/changes';
import { VmmError } from '../model/errors';
import { remove } from '../model/removal';
import { demandPresence } from '../model/states';
import { byNameAndId, cmdlet, settled, type Arguments, type Cmdlet } from './cmdlet';
import { ASYNC, ON_BEHALF, SERVER } from './parameters';

/** Hardware that New- and Set-SCVirtualMachine share. */
const HARDWARE =
  'MemoryMB:int DynamicMemoryEnabled:bool DynamicMemoryMaximumMB:int DynamicMemoryMinimumMB:int DynamicMemoryBufferPercentage:int MemoryWeight:int CPUCount:byte CPURelativeWeight:int SecureBootEnabled:bool SecureBootTemplate:string BlockDynamicOptimization:bool CheckpointType:string';
const NEW_COMMON = `Name:string! Description:string Owner:string UserRole:UserRole StartVM:switch StartAction:string StopAction:string OperatingSystem:OperatingSystem UseLocalVirtualHardDisk:switch UseDiffDiskOptimization:switch DelayStartSeconds:int HighlyAvailable:bool JobGroup:guid SkipInstallVirtualizationGuestServices:switch ReturnImmediately:switch LinuxDomainName:string LinuxAdministratorSSHKeyString:string ${SERVER} ${HARDWARE} ${ASYNC}`;
/** Guest customization, in the sets that begin with a template. */
const CUSTOMIZATION =
  'GuestOSProfile:GuestOSProfile FullName:string OrganizationName:string ComputerName:string ProductKey:string GuiRunOnceCommands:string[] TimeZone:int MergeAnswerFile:bool LocalAdministratorCredential:credential Domain:string DomainJoinCredential:credential Workgroup:string';
const CUSTOMIZED = CUSTOMIZATION.split(' ').map((word) => word.split(':')[0] ?? '');
const SET_SETTINGS =
  'Name:string Description:string Owner:string UserRole:UserRole Tag:string CostCenter:string QuotaPoint:int Custom1:string Custom2:string Custom3:string Custom4:string Custom5:string Custom6:string Custom7:string Custom8:string Custom9:string Custom10:string StartAction:string StopAction:string DelayStartSeconds:int OperatingSystem:OperatingSystem HighlyAvailable:bool Enabled:bool EnableOperatingSystemShutdown:bool EnableTimeSync:bool EnableDataExchange:bool EnableHeartbeat:bool EnableBackup:bool FirstBootDevice:string Cloud:Cloud RemoveFromCloud:switch JobGroup:guid';
const LABELS = ['Name', 'Description', 'Owner', 'Tag', 'CostCenter', 'StartAction', 'StopAction'] as const;
const HARDWARE_FLAGS = ['DynamicMemoryEnabled', 'SecureBootEnabled'] as const;
const HARDWARE_NUMBERS = ['DynamicMemoryMinimumMB', 'DynamicMemoryMaximumMB'] as const;

/** Cmdlets about whole VMs, power apart. */
export const machineCmdlets: readonly Cmdlet[] = [
  cmdlet('Get-SCVirtualMachine', {
    all: ON_BEHALF,
    sets: [
      `Name:string All:switch ${SERVER}`,
      `VMHost:Host! Name:string ${SERVER}`,
      `Cloud:Cloud! Name:string ${SERVER}`,
      `Name:string ID:guid ${SERVER}`,
    ],
    run: ({ vmm, args }) => {
      const [host, cloud] = [args.object('VMHost', 'Host'), args.object('Cloud', 'Cloud')];
      const seen = vmm.visibleMachines.filter(
        (machine) =>
          (host === undefined || machine.VMHost === host) && (cloud === undefined || machine.Cloud === cloud),
      );
      return byNameAndId(args, seen);
    },
  }),
  cmdlet('Read-SCVirtualMachine', {
    sets: [`VM:VM! Force:switch ${ASYNC}`],
    run: ({ vmm, args }) => {
      const machine = args.the('VM', 'VM');
      demandPresence(machine);
      if (!machine.VMHost.isResponding) throw new VmmError(2912, [machine.VMHost.Name], 'Unknown error (0x80338126)');
      const job = vmm.start({
        kind: 'refresh',
        name: 'Refresh virtual machine',
        cmdlet: 'Read-SCVirtualMachine',
        target: machine,
        finish: () => {
          machine.guest?.refresh();
          return undefined;
        },
      });
      return settled(args, job, machine);
    },
  }),
  cmdlet('New-SCVirtualMachine', {
    change: 'create',
    all: NEW_COMMON,
    sets: [`VMConfiguration:VMConfiguration! Cloud:Cloud ${CUSTOMIZATION}`],
    run: ({ vmm, args }) => {
      const configuration = args.the('VMConfiguration', 'VMConfiguration');
      const { machine, job } = create(vmm, configuration, creationOf(args, vmm.account));
      return settled(args, job, machine);
    },
  }),
  cmdlet('Set-SCVirtualMachine', {
    change: 'resize',
    sets: [`VM:VM! ${SET_SETTINGS} ${HARDWARE} ${ASYNC}`],
    run: ({ vmm, args }) => {
      const machine = args.the('VM', 'VM');
      demandPresence(machine);
      runGroup(vmm, args.text('JobGroup'), machine);
      return settled(args, configure(vmm, machine, settingsOf(args)), machine);
    },
  }),
  cmdlet('Remove-SCVirtualMachine', {
    change: 'delete',
    sets: [`VM:VM! Force:switch Confirm:switch WhatIf:switch ${ASYNC}`],
    run: ({ vmm, args }) => {
      const machine = args.the('VM', 'VM');
      return settled(args, remove(vmm, machine, args.isOn('Force')), machine);
    },
  }),
  cmdlet('Repair-SCVirtualMachine', {
    change: 'delete',
    sets: [`VM:VM! Retry:switch Undo:switch Dismiss:switch Force:switch ${ASYNC}`],
    run: ({ args }) => {
      const machine = args.the('VM', 'VM');
      demandPresence(machine);
      const isBroken = machine.overlay === 'CreationFailed' || machine.overlay === 'CustomizationFailed';
      if (!isBroken || !args.isOn('Dismiss')) throw new VmmError(1730, [machine.Name, machine.VirtualMachineState]);
      machine.overlay = undefined;
      return [machine];
    },
  }),
];

function creationOf(args: Arguments, account: string): Parameters<typeof create>[2] {
  const [cpus, memoryMb] = [args.number('CPUCount'), args.number('MemoryMB')];
  const [cloud, jobGroup] = [args.object('Cloud', 'Cloud'), args.text('JobGroup')];
  const texts = Object.fromEntries(
    (['StartAction', 'StopAction', 'ComputerName'] as const).flatMap((key) => {
      const value = args.text(key);
      return value === undefined ? [] : [[key, value]];
    }),
  );
  return {
    name: args.text('Name') ?? '',
    description: args.text('Description') ?? '',
    owner: args.text('Owner') ?? account,
    ...(cpus !== undefined && { cpus }),
    ...(memoryMb !== undefined && { memoryMb }),
    ...(cloud !== undefined && { cloud }),
    ...(jobGroup !== undefined && { jobGroup }),
    startsVm: args.isOn('StartVM'),
    settings: {
      ...texts,
      ...hardwareOf(args),
      ...(args.has('BlockDynamicOptimization') && { BlockDynamicOptimization: args.isOn('BlockDynamicOptimization') }),
    },
    customization: Object.fromEntries(args.entries.filter(([name]) => CUSTOMIZED.includes(name))),
  };
}

function hardwareOf(args: Arguments): Partial<Hardware> {
  const hardware: Partial<Hardware> = {};
  for (const key of HARDWARE_FLAGS) put(hardware, key, args.boolean(key));
  for (const key of HARDWARE_NUMBERS) put(hardware, key, args.number(key));
  put(hardware, 'SecureBootTemplate', args.text('SecureBootTemplate'));
  return hardware;
}

function settingsOf(args: Arguments): Settings {
  const [cpus, memoryMb] = [args.number('CPUCount'), args.number('MemoryMB')];
  const labels: Partial<Record<(typeof LABELS)[number], string>> = {};
  for (const key of LABELS) put(labels, key, args.text(key));
  const hardware = hardwareOf(args);
  const custom = args.entries
    .filter(([name]) => /^Custom\d+$/.test(name))
    .map(([name, value]) => [name, String(value)]);
  return {
    labels,
    hardware,
    ...(cpus !== undefined && { cpus }),
    ...(memoryMb !== undefined && { memoryMb }),
    custom: Object.fromEntries(custom) as Record<string, string>,
  };
}

function put<T extends object, K extends keyof T>(target: T, key: K, value: T[K] | undefined): void {
  if (value !== undefined) target[key] = value;
}
