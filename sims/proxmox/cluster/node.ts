import type { NodeOptions } from '../options';

const GIB = 1024 ** 3;

/** A machine of the cluster. */
export class ClusterNode {
  /** Whether it is on and in reach of the others. */
  isAlive = true;
  /** Others have noticed that it is gone, and answer for it sooner. */
  isKnownDead = false;
  readonly bootedAt = Date.now() - 86_400_000;
  /** SHA-256 of its certificate. */
  fingerprint = '';
  /** Where it listens. */
  port = 0;

  constructor(readonly options: NodeOptions) {}

  get name(): string {
    return this.options.name;
  }

  get memoryBytes(): number {
    return this.options.memoryGib * GIB;
  }

  get uptimeS(): number {
    return Math.floor((Date.now() - this.bootedAt) / 1000);
  }
}
