import { createHash } from 'node:crypto';

export type ConfigValue = string | number;
export type ConfigValues = Map<string, ConfigValue>;

/** A snapshot's part of a configuration. */
export interface SnapshotSection {
  readonly name: string;
  /** The snapshot that was current when this was made. */
  parent?: string;
  /** Seconds since the epoch. */
  readonly snaptime: number;
  description?: string;
  /** The volume with the memory, when that was saved. */
  readonly vmstate?: string;
  /** The configuration at its time. */
  readonly values: ReadonlyMap<string, ConfigValue>;
}

/** A VM's configuration file: what holds, what waits for the next start, and snapshots. */
export class VmConfig {
  readonly values: ConfigValues = new Map();
  /** null: will be removed. */
  readonly pending = new Map<string, ConfigValue | null>();
  readonly snapshots = new Map<string, SnapshotSection>();

  text(key: string): string | undefined {
    const value = this.values.get(key);
    return value === undefined ? undefined : String(value);
  }

  number(key: string): number | undefined {
    const value = this.values.get(key);
    return value === undefined ? undefined : Number(value);
  }

  flag(key: string): boolean {
    return this.number(key) === 1;
  }

  /** The value of the `lock` key: which operation has marked this VM as its own. */
  get lock(): string | undefined {
    return this.text('lock');
  }

  /** With what is pending, as a plain read shows it. */
  withPending(): ConfigValues {
    const all = new Map(this.values);
    for (const [key, value] of this.pending) {
      if (value === null) all.delete(key);
      else all.set(key, value);
    }
    return all;
  }

  /** What was pending holds from now on. */
  applyPending(): void {
    const all = this.withPending();
    this.values.clear();
    for (const [key, value] of all) this.values.set(key, value);
    this.pending.clear();
  }

  /** SHA-1 of the file: changes with every change. */
  digest(): string {
    const section = (values: Iterable<readonly [string, unknown]>): string =>
      [...values]
        .map(([key, value]) => `${key}: ${String(value)}`)
        .sort()
        .join('\n');
    const snapshots = [...this.snapshots.values()].map(
      (one) => `[${one.name}]\n${one.parent ?? ''} ${one.snaptime} ${one.description ?? ''}\n${section(one.values)}`,
    );
    const file = [section(this.values), `[PENDING]\n${section(this.pending)}`, ...snapshots].join('\n');
    return createHash('sha1').update(file).digest('hex');
  }
}
