import { setTimeout as sleep } from 'node:timers/promises';
import { ReferenceFault } from './reference-fault';

/** What a call changes; a look changes nothing. */
export type ChangeKind = 'create' | 'power' | 'resize' | 'delete' | 'snapshot';

/** A change that is held up on its way. */
export interface Held {
  /** Resolves when it has come. */
  readonly arrived: Promise<void>;
  release(): void;
}

interface Gate extends Held {
  readonly released: Promise<void>;
  arrive(): void;
}

function gate(): Gate {
  let release = (): void => undefined;
  let arrive = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  return { released, arrived, release, arrive };
}

/** The way to the reference hypervisor, with everything that can go wrong on it. */
export class ReferenceNetwork {
  /** Calls that changed something, and calls of any kind, that arrived so far. */
  mutations = 0;
  calls = 0;
  isUnavailable = false;
  /** Nobody listens. */
  isRefusing = false;
  /** What every call takes on its way. */
  latencyMs = 0;
  private hanging: Gate | undefined;
  private holding: Gate | undefined;
  private readonly vanished = new Set<string>();
  private readonly lost = new Set<ChangeKind>();

  /** On the way to the hypervisor; `session` is the connection, too. */
  async arrive(session: string | undefined, kind?: ChangeKind): Promise<void> {
    await (this.latencyMs > 0 ? sleep(this.latencyMs) : Promise.resolve());
    if (this.isRefusing) throw new ReferenceFault('Refused', 'connection refused');
    if (session !== undefined && this.vanished.has(session)) await new Promise<never>(() => undefined);
    await this.hanging?.released;
    if (kind !== undefined) await this.passGate();
    if (this.isUnavailable) throw new ReferenceFault('Unavailable', 'HTTP 503');
    this.calls += 1;
  }

  /** On the way back. */
  answer(kind: ChangeKind): void {
    if (!this.lost.delete(kind)) return;
    throw new ReferenceFault('ConnectionLost', 'connection reset');
  }

  /** The answer to the next change of this kind gets lost. */
  loseAnswer(kind: ChangeKind, loses = true): void {
    if (loses) this.lost.add(kind);
    else this.lost.delete(kind);
  }

  /** Every call hangs until the returned function is called. */
  hang(): () => void {
    const hanging = gate();
    this.hanging = hanging;
    return () => {
      this.hanging = undefined;
      hanging.release();
    };
  }

  /** The next change waits on its way. */
  hold(): Held {
    this.holding = gate();
    return this.holding;
  }

  /** These connections hear nothing any more. */
  vanish(sessions: Iterable<string>): void {
    for (const session of sessions) this.vanished.add(session);
  }

  private async passGate(): Promise<void> {
    const { holding } = this;
    if (holding === undefined) return;
    this.holding = undefined;
    holding.arrive();
    await holding.released;
  }
}
