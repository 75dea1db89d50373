/** How long the list of all VMs may show what was before. */
const STALE_MS = 30_000;

/** VMs that this process changed a moment ago: what the list of all VMs says of their name and state is old. */
export class Recent {
  private readonly changed = new Map<number, number>();

  /** @param now a monotonic clock, in milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  add(vmid: number): void {
    // The oldest stand first.
    this.changed.delete(vmid);
    this.changed.set(vmid, this.now());
    for (const [one, at] of this.changed) {
      if (this.now() - at <= STALE_MS) return;
      this.changed.delete(one);
    }
  }

  has(vmid: number): boolean {
    const at = this.changed.get(vmid);
    return at !== undefined && this.now() - at <= STALE_MS;
  }
}
