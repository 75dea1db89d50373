import type { Principal } from './principal';

interface Entry {
  readonly principal: Principal | undefined;
  readonly validUntil: number;
}

/**
 * Remembers for a few seconds what a presented token turned out to be, also "nobody", so that a busy caller costs one look-up
 * per few seconds. Bounded; the entry that was put in first goes first.
 */
export class VerifiedTokens {
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly ttlMs = 5_000,
    private readonly capacity = 10_000,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @returns `{ principal: undefined }` for a token known to be wrong; undefined when nothing is known. */
  get(key: string): { readonly principal: Principal | undefined } | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined || entry.validUntil > this.now()) return entry;
    this.entries.delete(key);
    return undefined;
  }

  set(key: string, principal: Principal | undefined): void {
    this.entries.delete(key);
    this.entries.set(key, { principal, validUntil: this.now() + this.ttlMs });
    if (this.entries.size <= this.capacity) return;
    const oldest = this.entries.keys().next();
    if (oldest.done !== true) this.entries.delete(oldest.value);
  }

  /** Forgets every entry of a token's id. */
  forget(tokenId: string): void {
    for (const key of this.entries.keys()) if (key.startsWith(`${tokenId}:`)) this.entries.delete(key);
  }
}
