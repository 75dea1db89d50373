import { Invariants } from '../invariants/invariants';
import { Load, type Action, type LoadCounts, type World } from './load';
import { Random } from './random';
import type { FailureStack } from './stack';
import { brokenPromises, repairedOf, violationsOf } from './verdict';

/** Calls and connections to the hypervisors that something went wrong with, by platform. */
export type Troubled = Readonly<Record<string, number>>;

/** What happened in one round and what it broke. */
export interface RoundResult {
  readonly seed: number;
  /** The mishap's. */
  readonly name: string;
  readonly what: string;
  /** Processes that died. */
  readonly kills: number;
  /** Failpoints that went off. */
  readonly fired: readonly string[];
  readonly troubled: Troubled;
  readonly counts: LoadCounts;
  readonly violations: readonly string[];
  readonly settledAfterMs: number;
  readonly tookMs: number;
}

/** Something that goes wrong while people work. */
export interface Mishap {
  /** By which a campaign is told to have it. */
  readonly name: string;
  readonly what: string;
  /** Arranges what goes wrong; it may happen at once or later. */
  readonly begin: (stack: FailureStack, random: Random) => Promise<void>;
  /** While people work. */
  readonly during?: (stack: FailureStack, random: Random) => Promise<void>;
  /** Puts everything right again. */
  readonly end: (stack: FailureStack) => Promise<void>;
  readonly users?: number;
  /** What people do every other time. */
  readonly favours?: readonly Action[];
  /** What nobody does meanwhile, because nothing was promised for it. */
  readonly avoids?: readonly Action[];
  /** At least so many by each user. */
  readonly actions?: number;
  /** People work on until it is over, but not for longer than this. Default 12 s. */
  readonly patienceMs?: number;
  readonly isOver?: (stack: FailureStack, troubled: Troubled) => boolean;
}

export interface CampaignOptions {
  /** Actions that nobody asks for. */
  readonly without?: readonly Action[];
  /** How long to wait for quiet before a round is judged. */
  readonly settleMs?: number;
}

const nothing = (): Promise<void> => Promise.resolve();
const always = (): boolean => true;

/** Rounds on one stack: something goes wrong under load, everything is put right, the invariants are judged. */
export class Campaign {
  private readonly world: World;
  private readonly invariants: Invariants;

  constructor(
    readonly stack: FailureStack,
    { without = [], settleMs = 60_000 }: CampaignOptions = {},
  ) {
    this.world = { vms: new Set(), closed: new Set(without) };
    const { databaseUrl, sites } = stack.file;
    const expected = { deadLetters: 0, deadlineSlackMs: 15_000 };
    this.invariants = new Invariants({ databaseUrl, sites, expected, settleMs });
  }

  close(): void {
    this.invariants.close();
  }

  /** What is violated now, once it is quiet. */
  async violations(): Promise<string[]> {
    return violationsOf(await this.invariants.judge());
  }

  async round(seed: number, mishap: Mishap): Promise<RoundResult> {
    const startedAt = performance.now();
    const { stack } = this;
    const random = new Random(seed);
    const before = {
      deaths: deathsOf(stack),
      fired: stack.subjects.map((one) => one.fired().length),
      troubled: troubledOn(stack),
    };
    const troubled = (): Troubled => since(before.troubled, troubledOn(stack));
    const { favours = [], avoids = [] } = mishap;
    const load = new Load(stack, random, { ...this.world, favours, avoids }, `s${seed}`);
    await mishap.begin(stack, random);
    const { users = 4, actions = 3, patienceMs = 12_000, during = nothing, isOver = always } = mishap;
    const shape = { users, actions, patienceMs, isOver: () => isOver(stack, troubled()) };
    await Promise.all([load.run(shape), during(stack, random)]);
    await mishap.end(stack);
    await stack.ready();
    const judgement = await this.invariants.judge();
    const broken = await brokenPromises(stack.file.databaseUrl, load.accepted);
    const repaired = await repairedOf(stack.file.databaseUrl);
    return {
      seed,
      name: mishap.name,
      what: mishap.what,
      kills: deathsOf(stack) - before.deaths,
      fired: stack.subjects.flatMap((one, index) => one.fired().slice(before.fired[index])),
      troubled: troubled(),
      counts: load.counts,
      violations: [
        ...violationsOf(judgement),
        ...broken.map((one) => `I1 ${one}`),
        ...repaired.map((one) => `I4 ${one}`),
        ...load.complaints,
      ],
      settledAfterMs: judgement.settledAfterMs,
      tookMs: Math.round(performance.now() - startedAt),
    };
  }
}

const troubledOn = ({ sites }: FailureStack): Troubled =>
  Object.fromEntries(sites.map(({ platform, wire }) => [platform, wire.troubled]));

const since = (before: Troubled, now: Troubled): Troubled =>
  Object.fromEntries(Object.entries(now).map(([name, count]) => [name, count - (before[name] ?? 0)]));

const deathsOf = (stack: FailureStack): number => stack.subjects.reduce((sum, one) => sum + one.deaths, 0);
