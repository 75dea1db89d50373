/** What the HA manager is to keep a VM at. */
export type HaState = 'started' | 'stopped' | 'enabled' | 'disabled' | 'ignored';

export interface HaResource {
  readonly vmid: number;
  state: HaState;
  comment?: string;
  group?: string;
  maxRelocate: number;
  maxRestart: number;
}

/** The VMs that the HA manager looks after. */
export class Ha {
  readonly #resources = new Map<number, HaResource>();

  all(): readonly HaResource[] {
    return [...this.#resources.values()];
  }

  get(vmid: number): HaResource | undefined {
    return this.#resources.get(vmid);
  }

  add(resource: HaResource): void {
    this.#resources.set(resource.vmid, resource);
  }

  remove(vmid: number): void {
    this.#resources.delete(vmid);
  }
}
