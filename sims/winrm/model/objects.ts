import type { ErrorInfo } from './errors';

/** The .NET class of an object, by which parameters are bound. */
export type Kind =
  | 'Cloud'
  | 'CloudCapacity'
  | 'CustomProperty'
  | 'CustomPropertyValue'
  | 'GuestOSProfile'
  | 'Host'
  | 'HostCluster'
  | 'HostGroup'
  | 'HostNetworkAdapter'
  | 'HostRating'
  | 'ISO'
  | 'LibraryServer'
  | 'LibraryShare'
  | 'LogicalNetwork'
  | 'OperatingSystem'
  | 'RunAsAccount'
  | 'ServerConnection'
  | 'StorageVolume'
  | 'Task'
  | 'Template'
  | 'UserRole'
  | 'VirtualDVDDrive'
  | 'VirtualDiskDrive'
  | 'VirtualHardDisk'
  | 'VirtualHardDiskConfiguration'
  | 'VirtualNetworkAdapter'
  | 'VirtualNetworkAdapterConfiguration'
  | 'VM'
  | 'VMCheckpoint'
  | 'VMConfiguration'
  | 'VMNetwork'
  | 'VMSubnet';

export const KIND: unique symbol = Symbol('kind');

/**
 * An object as PowerShell sees it: its properties are those that begin with a capital. What begins with a small letter is the simulator's
 * own and cannot be projected.
 */
export interface PsObject {
  readonly [KIND]: Kind;
}

/** States in which a machine can stay. */
export type PowerState = 'Running' | 'PowerOff' | 'Saved' | 'Paused';

/** A MAC address that has not been chosen yet. */
export const NO_MAC = '00:00:00:00:00:00';

/** The VM to which a part belongs. */
export interface Owner {
  readonly ID: string;
  readonly Name: string;
}

export interface HostGroup extends PsObject {
  readonly ID: string;
  readonly Name: string;
  /** `All Hosts\lab`. */
  readonly Path: string;
  readonly ParentHostGroup: HostGroup | null;
}

export interface LogicalNetwork extends PsObject {
  readonly ID: string;
  readonly Name: string;
}

export interface VmSubnet extends PsObject {
  readonly ID: string;
  readonly Name: string;
  readonly SubnetVLans: readonly { readonly Subnet: string; readonly VLanID: number }[];
}

export interface VmNetwork extends PsObject {
  readonly ID: string;
  readonly Name: string;
  readonly Description: string;
  readonly LogicalNetwork: LogicalNetwork;
  readonly VMSubnet: readonly VmSubnet[];
  readonly IsolationType: string;
}

export interface OperatingSystem extends PsObject {
  readonly ID: string;
  readonly Name: string;
  readonly OSType: string;
  readonly IsWindows: boolean;
}

/** A disk of a template, from which disks of VMs are made. Sizes are bytes. */
export interface VirtualHardDisk extends PsObject {
  readonly ID: string;
  Name: string;
  MaximumSize: number;
  Size: number;
  Location: string;
  SharePath: string;
  readonly VHDType: 'DynamicallyExpanding' | 'FixedSize' | 'Differencing';
  readonly VHDFormatType: 'VHDX';
  readonly ParentDisk: VirtualHardDisk | null;
}

export interface TemplateAdapter extends PsObject {
  readonly ID: string;
  readonly SlotID: number;
  readonly VMNetwork: VmNetwork | null;
  readonly MACAddressType: 'Dynamic' | 'Static';
}

export interface Template extends PsObject {
  readonly ID: string;
  readonly Name: string;
  readonly Description: string;
  readonly CPUCount: number;
  /** MB. */
  readonly Memory: number;
  readonly DynamicMemoryEnabled: boolean;
  readonly Generation: 1 | 2;
  readonly SecureBootEnabled: boolean;
  readonly SecureBootTemplate: string;
  readonly OperatingSystem: OperatingSystem;
  readonly Status: 'Normal' | 'Missing';
  readonly ModifiedTime: Date;
  readonly IsHighlyAvailable: boolean;
  readonly VirtualHardDisks: readonly VirtualHardDisk[];
  readonly VirtualNetworkAdapters: readonly TemplateAdapter[];
  readonly VirtualDVDDrives: readonly { readonly Bus: number; readonly LUN: number }[];
}

export interface LibraryShare extends PsObject {
  readonly ID: string;
  readonly Name: string;
  /** UNC path. */
  readonly Path: string;
  readonly LibraryServer: LibraryServer;
  /** Where its folder lies on the server itself. */
  readonly localPath: string;
}

export interface LibraryServer extends PsObject {
  readonly ID: string;
  readonly Name: string;
}

/** A file of the library that was found by a refresh. */
export interface Iso extends PsObject {
  readonly ID: string;
  readonly Name: string;
  readonly FileName: string;
  readonly SharePath: string;
  readonly Directory: string;
  readonly LibraryServer: LibraryServer;
  /** Bytes. */
  readonly Size: number;
  readonly State: 'Normal' | 'Missing';
}

export interface RunAsAccount extends PsObject {
  readonly ID: string;
  readonly Name: string;
  readonly UserName: string;
  readonly Enabled: boolean;
}

export interface GuestOsProfile extends PsObject {
  readonly ID: string;
  readonly Name: string;
  readonly OperatingSystem: OperatingSystem;
}

export interface CustomProperty extends PsObject {
  readonly ID: string;
  readonly Name: string;
  readonly Description: string;
  readonly Members: readonly string[];
}

/** A role in which an account works, with what it may see. */
export interface UserRole extends PsObject {
  readonly ID: string;
  readonly Name: string;
  readonly UserRoleProfile: string;
  readonly Members: readonly string[];
  readonly HostGroup: readonly HostGroup[];
  readonly Cloud: readonly { readonly ID: string; readonly Name: string }[];
}

/** A job as `Get-SCJob` shows it. */
export interface Task extends PsObject {
  readonly ID: string;
  readonly Name: string;
  readonly CmdletName: string;
  readonly Owner: string;
  readonly StartTime: Date;
  readonly EndTime: Date | null;
  readonly Status: 'Running' | 'Completed' | 'SucceedWithInfo' | 'Failed' | 'Canceled';
  readonly StatusString: string;
  readonly IsCompleted: boolean;
  readonly Progress: string;
  readonly ProgressValue: number;
  readonly ErrorInfo: ErrorInfo;
  readonly ResultName: string;
  readonly ResultObjectID: string;
  readonly ResultObjectType: string;
}
