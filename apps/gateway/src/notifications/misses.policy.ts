const windowMs = 60_000;
const allowed = 20;
/** More addresses than this are not told apart: the oldest are forgotten. */
const maxAddresses = 10_000;

/** Counts unknown links by remote address: 20 a minute. A known link is never held up by it, whoever shares the address. */
export class Misses {
  private readonly counts = new Map<string, { count: number; since: number }>();

  /** Counts one. @returns whether it is one too many. */
  add(address: string, now: number): boolean {
    const known = this.counts.get(address);
    const isFresh = known !== undefined && now - known.since < windowMs;
    const entry = isFresh ? { count: known.count + 1, since: known.since } : { count: 1, since: now };
    this.counts.delete(address);
    this.counts.set(address, entry);
    const [oldest] = this.counts.keys();
    if (this.counts.size > maxAddresses && oldest !== undefined) this.counts.delete(oldest);
    return entry.count > allowed;
  }
}
