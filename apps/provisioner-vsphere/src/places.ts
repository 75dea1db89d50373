import type { ManagedObjectReference } from './client/managed.object';

/** Anything with a name and a place in the inventory. */
export interface Entity {
  readonly ref: ManagedObjectReference;
  readonly name: string;
  /** Such as `/DC0/vm/dcm`. */
  readonly path: string;
}

export interface Datacenter extends Entity {
  readonly vmFolder: ManagedObjectReference;
}

export interface Host extends Entity {
  readonly isUsable: boolean;
  readonly datastores: ReadonlySet<string>;
  /** Logical processors: a VM can have no more. */
  readonly threads: number | undefined;
  readonly memoryMib: number | undefined;
  readonly cpuUsedMhz: number | undefined;
  readonly memoryUsedMib: number | undefined;
}

/** A cluster, or a host that belongs to none. */
export interface Compute extends Entity {
  readonly isCluster: boolean;
  /** Whether the cluster chooses the host of a new VM itself. */
  readonly placesByItself: boolean;
  readonly hosts: readonly Host[];
  readonly datastores: ReadonlySet<string>;
  readonly networks: ReadonlySet<string>;
  readonly rootPool: ManagedObjectReference | undefined;
  readonly cpuCores: number | undefined;
  readonly cpuTotalMhz: number | undefined;
  readonly memoryTotalMib: number | undefined;
}

export interface Pool extends Entity {
  readonly owner: string;
  readonly cpuTotalMhz: number | undefined;
  readonly cpuUsedMhz: number | undefined;
  readonly memoryTotalMib: number | undefined;
  readonly memoryUsedMib: number | undefined;
}

export interface Datastore extends Entity {
  readonly type: string;
  readonly isShared: boolean;
  readonly isUsable: boolean;
  readonly totalBytes: number | undefined;
  readonly freeBytes: number | undefined;
}

/** How a NIC is plugged into a network. */
export type Wiring =
  | { readonly kind: 'standard' }
  | { readonly kind: 'distributed'; readonly switchUuid: string; readonly portgroupKey: string }
  | { readonly kind: 'opaque'; readonly opaqueId: string; readonly opaqueType: string };

export interface Network extends Entity {
  readonly wiring: Wiring;
}

export interface Image extends Entity {
  readonly guestId: string | undefined;
}

/** The places of one datacenter. */
export interface Places {
  readonly datacenter: Datacenter;
  /** Paths of VM folders, below the datacenter's VM folder. */
  readonly folders: ReadonlySet<string>;
  readonly computes: readonly Compute[];
  readonly pools: readonly Pool[];
  readonly datastores: readonly Datastore[];
  readonly networks: readonly Network[];
}
