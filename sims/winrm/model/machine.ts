import { randomUUID } from 'node:crypto';
import type { Checkpoint } from './checkpoint';
import type { Cloud } from './cloud';
import type { VirtualDiskDrive, VirtualDvdDrive, VirtualNetworkAdapter } from './devices';
import type { Guest } from './guest';
import type { Host, Store } from './host';
import type { Job, JobTarget } from './job';
import { KIND, type OperatingSystem, type PowerState, type PsObject, type VirtualHardDisk } from './objects';

/** What the management server knows better than the host: work under way, or work that failed. */
export type Overlay =
  | 'UnderCreation'
  | 'CreationFailed'
  | 'CustomizationFailed'
  | 'UnderUpdate'
  | 'Starting'
  | 'PoweringOff'
  | 'Saving'
  | 'Restoring'
  | 'Pausing'
  | 'DiscardSavedState'
  | 'Deleting'
  | 'MergingDrives'
  | 'CreatingCheckpoint'
  | 'DeletingCheckpoint'
  | 'RecoveringCheckpoint'
  | 'CheckpointFailed'
  | 'Missing';

export interface MachineSpec {
  readonly name: string;
  readonly description: string;
  readonly owner: string;
  readonly cpus: number;
  readonly memoryMb: number;
  readonly generation: 1 | 2;
  readonly operatingSystem: OperatingSystem;
  readonly host: Host;
  readonly store: Store;
  readonly cloud: Cloud | null;
}

/** A virtual machine. Its name is not unique; `ID` is the key of the record, `VMId` that of Hyper-V. */
export class Machine implements PsObject, JobTarget {
  readonly [KIND] = 'VM';
  readonly ID = randomUUID();
  VMId: string = randomUUID();
  BiosGuid: string = randomUUID();
  Name: string;
  Description: string;
  Owner: string;
  Tag = '(none)';
  CostCenter = '';
  CPUCount: number;
  /** MB. */
  Memory: number;
  DynamicMemoryEnabled = false;
  DynamicMemoryMinimumMB = 32;
  DynamicMemoryMaximumMB = 1_048_576;
  SecureBootEnabled = false;
  SecureBootTemplate = '';
  readonly Generation: 1 | 2;
  OperatingSystem: OperatingSystem;
  VMHost: Host;
  Cloud: Cloud | null;
  readonly OperatingSystemShutdownEnabled = true;
  StartAction = 'NeverAutoTurnOnVM';
  StopAction = 'SaveVM';
  BlockDynamicOptimization = false;
  ComputerName = '';
  readonly CreationTime: Date;
  ModifiedTime: Date;
  VirtualNetworkAdapters: VirtualNetworkAdapter[] = [];
  VirtualDiskDrives: VirtualDiskDrive[] = [];
  VirtualDVDDrives: VirtualDvdDrive[] = [];
  VMCheckpoints: Checkpoint[] = [];
  LastRestoredVMCheckpoint: Checkpoint | null = null;
  MostRecentTask: Job | null = null;
  /** Custom1 … Custom10 and the properties that an administrator defined, by name. */
  readonly CustomProperty: Record<string, string> = {};

  state: PowerState = 'PowerOff';
  overlay: Overlay | undefined;
  busy: Job | undefined;
  isGone = false;
  store: Store;
  guest: Guest | undefined;
  /** The checkpoint on which its present disks stand. */
  parent: Checkpoint | null = null;
  /** What was given for its first boot. */
  readonly customization: Record<string, unknown> = {};

  constructor(spec: MachineSpec, now: Date) {
    this.Name = spec.name;
    this.Description = spec.description;
    this.Owner = spec.owner;
    this.CPUCount = spec.cpus;
    this.Memory = spec.memoryMb;
    this.Generation = spec.generation;
    this.OperatingSystem = spec.operatingSystem;
    this.VMHost = spec.host;
    this.store = spec.store;
    this.Cloud = spec.cloud;
    this.CreationTime = now;
    this.ModifiedTime = now;
  }

  get Status(): PowerState | Overlay | 'HostNotResponding' {
    if (this.overlay === 'UnderCreation' || this.VMHost.isResponding) return this.VirtualMachineState;
    return 'HostNotResponding';
  }

  get StatusString(): string {
    return this.Status;
  }

  get VirtualMachineState(): PowerState | Overlay {
    return this.overlay ?? this.state;
  }

  get MostRecentTaskIfLocal(): Job | null {
    return this.MostRecentTask;
  }

  /** The checkpoint on which it stands: taken or restored last, or the parent of one that was removed. */
  get LastRestoredCheckpointID(): string | null {
    return this.parent?.CheckpointID ?? null;
  }

  get HostName(): string {
    return this.VMHost.Name;
  }

  get IsHighlyAvailable(): boolean {
    return this.store.isShared;
  }

  get Location(): string {
    return `${this.store.path}\\${this.Name}`;
  }

  get VirtualHardDisks(): readonly VirtualHardDisk[] {
    return this.VirtualDiskDrives.map(({ VirtualHardDisk }) => VirtualHardDisk);
  }

  get TotalSize(): number {
    return this.VirtualHardDisks.reduce((sum, { Size }) => sum + Size, 0);
  }

  get HasVMAdditions(): boolean {
    return this.guest?.hasTools ?? false;
  }

  get VMAddition(): string {
    return this.HasVMAdditions ? 'Detected' : 'Not Detected';
  }

  /** Whether it holds memory of its host, or is about to. */
  get takesMemory(): boolean {
    return this.state === 'Running' || this.state === 'Paused' || this.overlay === 'Starting';
  }
}
