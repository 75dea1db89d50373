import type { Mishap } from './campaign';
import { deathsAt } from './deaths';
import { disturbances } from './grounds/site.ground';
import {
  approvalsAway,
  badHypervisors,
  brokerDisk,
  brokerKill,
  databaseKill,
  duplicates,
  lateCreate,
  lostAnswers,
  lostConnections,
  lostEvents,
  randomKills,
  zombie,
} from './mishaps';
import { countFor, platforms, points, type Platform, type Point, type Role } from './points';
import { Random } from './random';

export interface PlanOptions {
  readonly points: readonly Point[];
  /** How often each failpoint. */
  readonly seeds: number;
  readonly kills: number;
  /** How often each of the other mishaps. */
  readonly mishaps: number;
  /** Which of them by name; empty: all. */
  readonly only: readonly string[];
  readonly firstSeed: number;
  /** Whose provisioners work, and die. */
  readonly platforms: readonly Platform[];
}

/** A round that is to be run. The seed alone decides everything in it. */
export interface Round {
  readonly seed: number;
  readonly mishap: Mishap;
}

/** The processes of a role; none for a platform that is not there. */
function processesOf(role: Role, platforms: readonly Platform[]): readonly string[] {
  if (role === 'gateway' || role === 'approvals') return [role];
  const wanted = platforms.filter((platform) => role === 'provisioner' || role === platform);
  return wanted.flatMap((platform) => [1, 2].map((n) => `provisioner-${platform}-${n}`));
}

/** @throws Error that names the platform that has no site here; a vCenter is always there. */
export function platformsNamed(names: string): readonly Platform[] {
  const wanted = new Set(names.split(','));
  const unknown = [...wanted].find((name) => !platforms.some((one) => one === name));
  if (unknown !== undefined) throw new Error(`there is no platform ${unknown}; there are ${platforms.join(', ')}`);
  if (!wanted.has('vsphere')) throw new Error('--platforms: vsphere is always among them');
  return platforms.filter((one) => wanted.has(one));
}

/** @throws Error that names the failpoint that is not there. */
export function pointsNamed(names: string): readonly Point[] {
  if (names === 'all') return points;
  return names.split(',').flatMap((name) => {
    const found = points.filter((point) => point.name === name);
    if (found.length === 0) throw new Error(`there is no failpoint ${name}`);
    return found;
  });
}

/**
 * How many deaths of one process stand in one round, one after the other: what a round costs beside them (arming, quiet, judging) is
 * paid once, and a process that dies again before it has put everything right is the harder test.
 */
const deathsPerRound: Readonly<Record<Role, number>> = {
  gateway: 4,
  approvals: 8,
  provisioner: 4,
  vsphere: 4,
  proxmox: 4,
  hyperv: 4,
};

/** Which points each process dies at in the whole campaign, in order. A point of two roles takes turns between them. */
function queuesOf({ points: wanted, seeds, platforms }: PlanOptions): Map<string, Point[]> {
  const queues = new Map<string, Point[]>();
  const places = new Map<string, string[]>();
  for (const { name, role } of wanted) places.set(name, [...(places.get(name) ?? []), ...processesOf(role, platforms)]);
  for (let turn = 0; turn < seeds; turn += 1) {
    for (const [index, [name, processes]] of [...places].entries()) {
      const process = processes[(turn + index) % processes.length] ?? '';
      const role = wanted.find(
        (point) => point.name === name && processesOf(point.role, platforms).includes(process),
      )?.role;
      if (role !== undefined) queues.set(process, [...(queues.get(process) ?? []), { name, role }]);
    }
  }
  return queues;
}

/** Several processes die in one round, each at points of its own: every point gets its turns. */
function deaths(options: PlanOptions): Round[] {
  const queues = queuesOf(options);
  const roundsOf = (queue: readonly Point[]): number =>
    Math.ceil(queue.length / deathsPerRound[queue[0]?.role ?? 'gateway']);
  const rounds = Math.max(0, ...[...queues.values()].map(roundsOf));
  return Array.from({ length: rounds }, (_, index): Round => {
    const seed = options.firstSeed + index;
    const random = new Random(seed);
    const plan = [...queues].flatMap(([process, queue]) => {
      // Evenly over all rounds, so that the last ones are as eventful as the first.
      const share = queue.slice(
        Math.floor((index * queue.length) / rounds),
        Math.floor(((index + 1) * queue.length) / rounds),
      );
      const charges = share.map((point) => `${point.name}:${countFor(point, random)}`);
      return charges.length === 0 ? [] : ([[process, charges]] as const);
    });
    return { seed, mishap: deathsAt(new Map(plan)) };
  });
}

const others: readonly Mishap[] = [
  databaseKill,
  brokerKill,
  zombie,
  lateCreate(),
  approvalsAway,
  lostAnswers,
  lostConnections,
  ...disturbances.map(badHypervisors),
  duplicates,
  lostEvents,
  brokerDisk,
];

const killsPerRound = 5;

/** All rounds of a campaign, in an order in which every kind comes early. */
export function planOf(options: PlanOptions): Round[] {
  const atPoints = deaths(options);
  const next = options.firstSeed + 100_000;
  const atRandom = Array.from({ length: Math.ceil(options.kills / killsPerRound) }, (_, index): Round => ({
    seed: next + index,
    mishap: randomKills(Math.min(killsPerRound, options.kills - index * killsPerRound)),
  }));
  const unknown = options.only.find((name) => !others.some((one) => one.name === name));
  if (unknown !== undefined) {
    throw new Error(`there is no mishap ${unknown}; there are ${others.map(({ name }) => name).join(', ')}`);
  }
  const wanted = others.filter(({ name }) => options.only.length === 0 || options.only.includes(name));
  const various = Array.from({ length: options.mishaps }, (_, turn) =>
    wanted.map((mishap, index): Round => ({ seed: next + 100_000 + turn * wanted.length + index, mishap })),
  ).flat();
  return interleaved([various, atRandom, atPoints]);
}

/** Every `of`-th round, beginning with the `index`-th (from 1): parts of one campaign that together are all of it. */
export const partOf = (rounds: readonly Round[], { index, of }: Part): Round[] =>
  rounds.filter((_, n) => n % of === index - 1);

export interface Part {
  readonly index: number;
  readonly of: number;
}

/** @throws Error when the text is no part such as `2/5`. */
export function partNamed(text: string): Part {
  const [index = 0, of = 0] = /^\d+\/\d+$/.test(text) ? text.split('/').map(Number) : [];
  if (index < 1 || index > of) throw new Error(`--part ${text}: write which of how many, such as 2/5`);
  return { index, of };
}

/** Evenly mixed, so that a campaign that is cut short has seen some of everything. */
function interleaved(lists: readonly (readonly Round[])[]): Round[] {
  return lists
    .flatMap((list) => list.map((round, index) => ({ round, at: (index + 0.5) / list.length })))
    .sort((a, b) => a.at - b.at)
    .map(({ round }) => round);
}
