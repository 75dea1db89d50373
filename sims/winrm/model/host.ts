import { randomUUID } from 'node:crypto';
import { KIND, type HostGroup, type OperatingSystem, type PsObject } from './objects';

const MIB = 1024 * 1024;

/** What a VM takes of its host and of its store. */
export interface Occupant {
  readonly VMHost: Host;
  readonly store: Store;
  /** MB. */
  readonly Memory: number;
  readonly takesMemory: boolean;
  /** Bytes that its disks take. */
  readonly TotalSize: number;
}

/** A place for files that one host or all of a cluster see. */
export class Store {
  readonly partitionId = randomUUID();

  /** Bytes taken by what the simulator does not model. */
  used = 64 * 1024 ** 3;

  constructor(
    readonly path: string,
    /** Bytes. */
    readonly capacity: number,
    readonly isShared: boolean,
    private readonly machines: () => readonly Occupant[],
  ) {}

  /** Bytes that are free: disks count with what they take, not with what they may grow to. */
  get free(): number {
    const taken = this.machines()
      .filter(({ store }) => store === this)
      .reduce((sum, { TotalSize }) => sum + TotalSize, 0);
    return Math.max(0, this.capacity - this.used - taken);
  }
}

/** A store as one host sees it: a CSV appears once per host of its cluster. */
export class StorageVolume implements PsObject {
  readonly [KIND] = 'StorageVolume';
  readonly ID = randomUUID();
  readonly FileSystem = 'NTFS';
  readonly IsAvailableForPlacement = true;
  readonly Classification = { Name: 'Local Storage' };

  constructor(
    readonly store: Store,
    readonly VMHost: Host,
  ) {}

  get Name(): string {
    return this.store.path;
  }

  get VolumeLabel(): string {
    return this.store.path;
  }

  get StorageVolumeID(): string {
    return `\\\\?\\Volume{${this.store.partitionId}}\\`;
  }

  get PartitionUniqueID(): string {
    return this.store.partitionId;
  }

  /** Bytes. */
  get Capacity(): number {
    return this.store.capacity;
  }

  get FreeSpace(): number {
    return this.store.free;
  }

  get IsClusterSharedVolume(): boolean {
    return this.store.isShared;
  }

  get MountPoints(): readonly string[] {
    return [`${this.store.path}\\`];
  }
}

export interface HostSpec {
  /** Fully qualified. */
  readonly name: string;
  readonly group: HostGroup;
  readonly logicalProcessors: number;
  readonly memoryGib: number;
  readonly operatingSystem: OperatingSystem;
}

/** A Hyper-V host. `TotalMemory` is in bytes and `AvailableMemory` in MB: that is how the product has it. */
export class Host implements PsObject {
  readonly [KIND] = 'Host';
  readonly ID = randomUUID();
  readonly Name: string;
  readonly VMHostGroup: HostGroup;
  readonly LogicalProcessorCount: number;
  readonly PhysicalCPUCount = 2;
  readonly MemoryReserveMB = 2048;
  readonly VirtualizationPlatform = 'HyperV';
  readonly OperatingSystem: OperatingSystem;
  AvailableForPlacement = true;
  CpuUtilization = 7;
  HostCluster: HostCluster | null = null;
  DiskVolumes: StorageVolume[] = [];
  /** Whether the agent on the host answers the management server. */
  isResponding = true;
  private readonly memoryMb: number;

  constructor(
    spec: HostSpec,
    private readonly all: () => readonly Occupant[],
  ) {
    this.Name = spec.name;
    this.VMHostGroup = spec.group;
    this.LogicalProcessorCount = spec.logicalProcessors;
    this.memoryMb = spec.memoryGib * 1024;
    this.OperatingSystem = spec.operatingSystem;
  }

  get FQDN(): string {
    return this.Name;
  }

  get FullyQualifiedDomainName(): string {
    return this.Name;
  }

  get ComputerName(): string {
    return this.Name.split('.')[0] ?? this.Name;
  }

  get LogicalCPUCount(): number {
    return this.LogicalProcessorCount;
  }

  get CoresPerCPU(): number {
    return this.LogicalProcessorCount / this.PhysicalCPUCount;
  }

  /** Bytes. */
  get TotalMemory(): number {
    return this.memoryMb * MIB;
  }

  /** MB: what running VMs, and those under way to run, leave. */
  get AvailableMemory(): number {
    const taken = this.VMs.filter(({ takesMemory }) => takesMemory).reduce((sum, { Memory }) => sum + Memory, 0);
    return Math.max(0, this.memoryMb - this.MemoryReserveMB - taken);
  }

  get TotalStorageCapacity(): number {
    return this.DiskVolumes.reduce((sum, { Capacity }) => sum + Capacity, 0);
  }

  get AvailableStorageCapacity(): number {
    return this.DiskVolumes.reduce((sum, { FreeSpace }) => sum + FreeSpace, 0);
  }

  get VMPaths(): readonly string[] {
    return this.DiskVolumes.map(({ store }) => store.path);
  }

  get VMs(): readonly Occupant[] {
    return this.all().filter(({ VMHost }) => VMHost === this);
  }

  get OverallState(): string {
    return this.isResponding ? 'OK' : 'NotResponding';
  }

  get OverallStateString(): string {
    return this.isResponding ? 'OK' : 'Not Responding';
  }

  get CommunicationState(): string {
    return this.isResponding ? 'Responding' : 'NotResponding';
  }

  get CommunicationStateString(): string {
    return this.isResponding ? 'Responding' : 'Not Responding';
  }

  get HyperVState(): string {
    return this.isResponding ? 'Running' : 'Unknown';
  }

  get HyperVStateString(): string {
    return this.HyperVState;
  }
}

/** A failover cluster of hosts. */
export class HostCluster implements PsObject {
  readonly [KIND] = 'HostCluster';
  readonly ID = randomUUID();

  constructor(
    readonly Name: string,
    readonly HostGroup: HostGroup,
    readonly Nodes: readonly Host[],
  ) {
    for (const node of Nodes) node.HostCluster = this;
  }

  get ClusterName(): string {
    return this.Name;
  }

  get SharedVolumes(): readonly StorageVolume[] {
    const seen = new Map(
      this.Nodes.flatMap(({ DiskVolumes }) => DiskVolumes)
        .filter(({ IsClusterSharedVolume }) => IsClusterSharedVolume)
        .map((volume) => [volume.PartitionUniqueID, volume]),
    );
    return [...seen.values()];
  }

  get OverallState(): string {
    return this.Nodes.every(({ isResponding }) => isResponding) ? 'OK' : 'NotResponding';
  }
}
