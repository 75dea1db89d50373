import { randomUUID } from 'node:crypto';
import { KIND, type HostGroup, type PsObject } from './objects';

/** What a VM takes of its cloud. */
export interface Tenant {
  readonly Cloud: Cloud | null;
  readonly CPUCount: number;
  readonly Memory: number;
  readonly VirtualHardDisks: readonly { readonly MaximumSize: number }[];
}

/** What a cloud may use; absent is without limit. */
export interface CloudLimits {
  readonly cpus?: number;
  readonly memoryMb?: number;
  readonly storageGb?: number;
  readonly vms?: number;
}

/** Host groups put at somebody's disposal, with a capacity. */
export class Cloud implements PsObject {
  readonly [KIND] = 'Cloud';
  readonly ID = randomUUID();
  readonly Description = '';

  constructor(
    readonly Name: string,
    readonly HostGroup: readonly HostGroup[],
    public limits: CloudLimits,
    private readonly all: () => readonly Tenant[],
  ) {}

  get VMs(): readonly Tenant[] {
    return this.all().filter((machine) => machine.Cloud === this);
  }
}

const GIB = 1024 ** 3;

/** Limits and use of a cloud; a limit that is not set is -1, and its `Use…Maximum` is true. */
export class CloudCapacity implements PsObject {
  readonly [KIND] = 'CloudCapacity';
  readonly ID = randomUUID();

  constructor(readonly Cloud: Cloud) {}

  get CPUCount(): number {
    return this.Cloud.limits.cpus ?? -1;
  }

  get UseCPUCountMaximum(): boolean {
    return this.Cloud.limits.cpus === undefined;
  }

  get UsedCPUCount(): number {
    return this.Cloud.VMs.reduce((sum, { CPUCount }) => sum + CPUCount, 0);
  }

  get MemoryMB(): number {
    return this.Cloud.limits.memoryMb ?? -1;
  }

  get UseMemoryMBMaximum(): boolean {
    return this.Cloud.limits.memoryMb === undefined;
  }

  get UsedMemoryMB(): number {
    return this.Cloud.VMs.reduce((sum, { Memory }) => sum + Memory, 0);
  }

  get StorageGB(): number {
    return this.Cloud.limits.storageGb ?? -1;
  }

  get UseStorageGBMaximum(): boolean {
    return this.Cloud.limits.storageGb === undefined;
  }

  get UsedStorageGB(): number {
    const disks = this.Cloud.VMs.flatMap(({ VirtualHardDisks }) => VirtualHardDisks);
    const bytes = disks.reduce((sum, { MaximumSize }) => sum + MaximumSize, 0);
    return Math.ceil(bytes / GIB);
  }

  get VMCount(): number {
    return this.Cloud.limits.vms ?? -1;
  }

  get UseVMCountMaximum(): boolean {
    return this.Cloud.limits.vms === undefined;
  }

  get UsedVMCount(): number {
    return this.Cloud.VMs.length;
  }
}
