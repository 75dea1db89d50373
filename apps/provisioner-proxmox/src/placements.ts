/** How long a node's use of memory may take to show a VM that was placed there. */
const UNSEEN_MS = 20_000;

/** What was placed on which node a moment ago: many creations at once must not all see the same free memory. Counted per process. */
export class Placements {
  private recent: { readonly node: string; readonly memoryMib: number; readonly at: number }[] = [];

  /** @param now a monotonic clock, in milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  add(node: string, memoryMib: number): void {
    this.forget();
    this.recent.push({ node, memoryMib, at: this.now() });
  }

  /** Memory of VMs that do not show yet, in MiB. */
  pendingMib(node: string): number {
    this.forget();
    return this.recent.reduce((total, one) => total + (one.node === node ? one.memoryMib : 0), 0);
  }

  private forget(): void {
    const oldest = this.now() - UNSEEN_MS;
    if ((this.recent[0]?.at ?? oldest) < oldest) this.recent = this.recent.filter(({ at }) => at >= oldest);
  }
}
