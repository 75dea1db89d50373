import { randomUUID } from 'node:crypto';
import { slotOf, VirtualDiskDrive } from './devices';
import { KIND, type Owner, type PowerState, type PsObject } from './objects';

/** What a checkpoint keeps of a VM, and brings back. */
export interface Past extends Owner {
  CPUCount: number;
  Memory: number;
  state: PowerState;
  VirtualDiskDrives: VirtualDiskDrive[];
  parent: Checkpoint | null;
  LastRestoredVMCheckpoint: Checkpoint | null;
}

/** A point in time to which a VM can go back: its size, its disks and whether it ran. */
export class Checkpoint implements PsObject {
  readonly [KIND] = 'VMCheckpoint';
  readonly ID = randomUUID();
  readonly CheckpointID = randomUUID();
  Description: string;
  parent: Checkpoint | null;
  private readonly cpus: number;
  private readonly memoryMb: number;
  private readonly state: PowerState;
  private readonly drives: readonly VirtualDiskDrive[];

  constructor(
    readonly VM: Past,
    readonly Name: string,
    description: string,
    readonly AddedTime: Date,
  ) {
    this.Description = description;
    this.parent = VM.parent;
    this.cpus = VM.CPUCount;
    this.memoryMb = VM.Memory;
    this.state = VM.state;
    this.drives = VM.VirtualDiskDrives.map(copyOf);
  }

  get ParentCheckpoint(): Checkpoint | null {
    return this.parent;
  }

  /** Whether memory was kept with it. */
  get IsOnline(): boolean {
    return this.state !== 'PowerOff';
  }

  /** Leads the VM back. With memory it is a saved VM then, without a powered-off one. */
  restore(): void {
    this.VM.CPUCount = this.cpus;
    this.VM.Memory = this.memoryMb;
    this.VM.VirtualDiskDrives = this.drives.map(copyOf);
    this.VM.state = this.IsOnline ? 'Saved' : 'PowerOff';
    this.VM.parent = this;
    this.VM.LastRestoredVMCheckpoint = this;
  }
}

const copyOf = (drive: VirtualDiskDrive): VirtualDiskDrive =>
  new VirtualDiskDrive(drive.VM, slotOf(drive), { ...drive.VirtualHardDisk });
