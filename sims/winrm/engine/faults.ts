import type { Change } from '../cmdlets/cmdlet';
import type { VmmError } from '../model/errors';

/** A request that is held up on its way. */
export interface Held {
  /** Resolves when one has come. */
  readonly arrived: Promise<void>;
  readonly release: () => void;
}

type Undo = () => void;

/** What goes wrong between a client and the management server, and what has been seen of it: one for all processes of a server. */
export class Faults {
  /** How often each cmdlet has begun its work. */
  readonly calls = new Map<string, number>();
  /** How many requests have changed something. */
  mutations = 0;
  /** How many requests have hung, come late or lost their answer. */
  troubled = 0;
  /** A byte order mark opens the output of processes to come. */
  startsWithBom = false;
  /** Lines of foreign text that every process writes before each answer. */
  noiseLines: readonly string[] = [];
  /** Progress records that go to stderr, one before each of the next answers. */
  progressRecords = 0;
  /** What a lost answer takes with it; by default the connections of the process, where there is a front. */
  loseConnection: (pid: number) => void = () => undefined;

  private readonly gates = new Set<Promise<void>>();
  private readonly holds: ((changes: ReadonlySet<Change>) => Promise<void> | undefined)[] = [];
  private lost: Change[] = [];
  private refusals: { cmdlet: string; error: VmmError }[] = [];
  private slowMs = 0;

  /** Every request waits until the returned function is called. */
  hang(): Undo {
    let open: Undo = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    this.gates.add(gate);
    return () => {
      this.gates.delete(gate);
      open();
    };
  }

  /** Every request takes so much longer until the returned function is called. */
  slow(ms: number): Undo {
    this.slowMs += ms;
    return () => {
      this.slowMs -= ms;
    };
  }

  /** The next request that may change something is held up before any of it is done. */
  holdNext(): Held {
    let [arrive, release]: [Undo, Undo] = [() => undefined, () => undefined];
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    const released = new Promise<void>((resolve) => (release = resolve));
    const hold = (changes: ReadonlySet<Change>): Promise<void> | undefined => {
      if (changes.size === 0) return undefined;
      this.holds.splice(this.holds.indexOf(hold), 1);
      arrive();
      return released;
    };
    this.holds.push(hold);
    return { arrived, release };
  }

  /** The next request that makes such a change is done, and its answer is lost. */
  loseNext(change: Change): void {
    this.lost.push(change);
  }

  /** Answers that were still to be lost are not. */
  loseNone(): void {
    this.lost = [];
  }

  /** The next call of a cmdlet is refused before it has an effect. */
  refuseNext(cmdlet: string, error: VmmError): void {
    this.refusals.push({ cmdlet, error });
  }

  /** A request has come, with the changes that its cmdlets could make. */
  async arrive(changes: ReadonlySet<Change>): Promise<void> {
    for (const hold of [...this.holds]) {
      const held = hold(changes);
      if (held === undefined) continue;
      await held;
      break;
    }
    if (this.gates.size > 0 || this.slowMs > 0) this.troubled += 1;
    while (this.gates.size > 0) await Promise.all(this.gates);
    if (this.slowMs > 0) await new Promise((resolve) => setTimeout(resolve, this.slowMs));
  }

  /** A cmdlet is about to have its effect. @throws VmmError as `refuseNext` was told. */
  demandUnrefused(cmdlet: string): void {
    const index = this.refusals.findIndex((one) => one.cmdlet === cmdlet);
    const [refused] = index < 0 ? [] : this.refusals.splice(index, 1);
    if (refused !== undefined) throw refused.error;
  }

  /** A cmdlet has begun its work. */
  count(cmdlet: string): void {
    this.calls.set(cmdlet, (this.calls.get(cmdlet) ?? 0) + 1);
  }

  /** A request is over, with the changes that it made, in order. @returns whether its answer is lost: the last change decides. */
  losesAnswer(changes: readonly Change[]): boolean {
    if (changes.length > 0) this.mutations += 1;
    const index = this.lost.findIndex((change) => change === changes.at(-1));
    if (index < 0) return false;
    this.lost.splice(index, 1);
    this.troubled += 1;
    return true;
  }
}
