/** A snapshot with the state that it keeps; `parent` is the name of the one that it stands on. */
export interface ReferenceSnapshot {
  readonly name: string;
  readonly createdAt: string;
  parent: string | null;
  readonly state: Pick<ReferenceVm, 'power' | 'cpus' | 'memoryMib' | 'disksGib'>;
}

/** An address as a guest reports it: with the MAC of the interface, which need not be one of the VM's own. */
export interface ReferenceAddress {
  readonly address: string;
  readonly mac: string;
}

/** What a VM may be given when it is made, and keeps. */
export interface Wishes {
  /** Its disks stand on the image's. */
  readonly isLinked?: boolean;
  readonly startsSecurely?: boolean;
  /** The domain that its guest joins. */
  readonly domain?: string | null;
}

/** A VM of the reference hypervisor. `uuid` may be chosen at creation and is not kept by a copy; `mark` is free text. */
export interface ReferenceVm {
  readonly nativeId: string;
  uuid: string;
  name: string;
  mark: string | null;
  power: 'on' | 'off' | 'suspended';
  cpus: number;
  memoryMib: number;
  disksGib: number[];
  /** True until its disks are written; only then can it be powered on. */
  building: boolean;
  toolsRunning: boolean;
  /** Of its one network card. */
  readonly mac: string;
  addresses: readonly ReferenceAddress[];
  bootedAt: string | null;
  snapshots: readonly ReferenceSnapshot[];
  currentSnapshot: string | null;
  readonly wishes: Wishes;
}

export interface CreateRequest {
  readonly uuid: string;
  readonly name: string;
  readonly mark: string;
  readonly image: string | null;
  readonly networks: readonly string[];
  readonly storage: string;
  readonly cpus: number;
  readonly memoryMib: number;
  readonly disksGib: readonly number[];
  readonly wishes: Wishes;
}

/** Keeps a VM's state under a name. */
export function takeSnapshot(vm: ReferenceVm, name: string): void {
  const state = { power: vm.power, cpus: vm.cpus, memoryMib: vm.memoryMib, disksGib: [...vm.disksGib] };
  const snapshot = { name, createdAt: new Date().toISOString(), parent: vm.currentSnapshot, state };
  vm.snapshots = [...vm.snapshots, snapshot];
  vm.currentSnapshot = name;
}

/** Leads a VM back to what a snapshot keeps. */
export function returnTo(vm: ReferenceVm, { name, state }: ReferenceSnapshot): void {
  Object.assign(vm, state, { disksGib: [...state.disksGib], currentSnapshot: name });
  vm.bootedAt = vm.power === 'off' ? null : new Date().toISOString();
}

/** Those that stand on the snapshot stand on its parent from now on. */
export function dropSnapshot(vm: ReferenceVm, { name, parent }: ReferenceSnapshot): void {
  vm.snapshots = vm.snapshots
    .filter((one) => one.name !== name)
    .map((one) => (one.parent === name ? { ...one, parent } : one));
  if (vm.currentSnapshot === name) vm.currentSnapshot = parent;
}
