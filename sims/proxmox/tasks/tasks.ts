import type { SimulatedClock } from '../clock';
import type { Identity } from '../access/identity';
import { writeUpid, type TaskType } from './upid';
import { Worker } from './worker';

/** Real milliseconds, for every kind or by kind. */
export type TaskDelays = number | Partial<Record<TaskType, number>>;

/** What each kind takes on an idle node with small disks, in milliseconds of the cluster. */
const USUAL_MS: Record<TaskType, number> = {
  qmcreate: 200,
  qmclone: 500,
  qmstart: 1_900,
  qmstop: 500,
  qmshutdown: 200,
  qmreboot: 200,
  qmreset: 200,
  qmpause: 200,
  qmsuspend: 2_000,
  qmresume: 50,
  qmsnapshot: 300,
  qmdelsnapshot: 300,
  qmrollback: 500,
  qmtemplate: 400,
  qmconfig: 50,
  resize: 200,
  qmmove: 1_000,
  qmigrate: 3_000,
  qmdestroy: 200,
  imgdel: 200,
  vncproxy: 10_000,
  hastart: 50,
  hastop: 50,
  hamigrate: 50,
};

const KEPT_FOR_CLUSTER = 25;

export interface NewTask {
  readonly node: string;
  readonly type: TaskType;
  readonly id: number | string;
  readonly identity: Identity;
}

/** Every task that runs or has run in the cluster. */
export class Tasks {
  readonly #byUpid = new Map<string, Worker>();
  readonly #doomed: { readonly type: TaskType; readonly afterMs: number }[] = [];
  #lastPid = 1_000;
  readonly #bootedAt = Date.now() - 3_600_000;

  constructor(
    private readonly clock: SimulatedClock,
    private readonly delays: TaskDelays | undefined,
    /** Told at the end of each. */
    private readonly onEnd: () => void,
  ) {}

  /** A process id that nobody has had. */
  nextPid(): number {
    this.#lastPid += 1 + Math.floor(Math.random() * 8);
    return this.#lastPid;
  }

  /** How long a kind of task takes, in real milliseconds. */
  delayMs(type: TaskType): number {
    const wanted = typeof this.delays === 'number' ? this.delays : this.delays?.[type];
    return wanted ?? this.clock.realMs(USUAL_MS[type]);
  }

  /** Starts a worker and returns at once. */
  start(task: NewTask, job: (worker: Worker) => Promise<void>): Worker {
    const parts = {
      ...task,
      id: String(task.id),
      pid: this.nextPid(),
      pstart: Math.floor((Date.now() - this.#bootedAt) / 10),
      starttime: this.clock.seconds(),
    };
    const worker = new Worker(writeUpid(parts), parts, this.clock);
    this.#byUpid.set(worker.upid, worker);
    this.#meetDoom(worker);
    void worker.run(job).finally(this.onEnd);
    return worker;
  }

  /** The next task of a kind is killed so many real milliseconds after its start. */
  doomNext(type: TaskType, afterMs: number): void {
    this.#doomed.push({ type, afterMs });
  }

  get(upid: string): Worker | undefined {
    return this.#byUpid.get(upid);
  }

  /** Newest first. */
  all(): readonly Worker[] {
    return [...this.#byUpid.values()].reverse();
  }

  ofNode(node: string): readonly Worker[] {
    return this.all().filter((worker) => worker.parts.node === node);
  }

  /** Those that every node tells the others of: what runs, and the latest that are over. */
  recent(): readonly Worker[] {
    const all = this.all();
    return [...all.filter((one) => one.isRunning), ...all.filter((one) => !one.isRunning).slice(0, KEPT_FOR_CLUSTER)];
  }

  #meetDoom(worker: Worker): void {
    const at = this.#doomed.findIndex(({ type }) => type === worker.parts.type);
    const [doom] = at < 0 ? [] : this.#doomed.splice(at, 1);
    if (doom === undefined) return;
    this.clock.later(doom.afterMs, () => {
      worker.kill();
    });
  }
}
