import type { ChangeFeedFacet } from '@dcm/contracts';
import { createLog } from '@dcm/runtime';
import type { Facts } from '../facts';
import type { Site } from '../site';
import { eventually } from '../testing/expectations';
import { ChangeFeed, type FeedPace } from './change-feed';

const log = createLog('test', 'silent');
const pace: FeedPace = { gatherMs: 40, firstRetryMs: 20, longestRetryMs: 80 };
const ids = (...nativeIds: string[]): { nativeId: string }[] => nativeIds.map((nativeId) => ({ nativeId }));

type Hears = (signal: AbortSignal, round: number) => AsyncIterable<readonly { nativeId: string }[]>;

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      resolve();
    });
  });

/** A feed whose platform and broker the test plays. */
function open(hears: Hears | undefined, mention?: () => Promise<void>) {
  const told: { at: number; nativeIds: string[] }[] = [];
  const rounds: number[] = [];
  const facet: ChangeFeedFacet | undefined =
    hears === undefined ? undefined : { changes: (signal) => hears(signal, rounds.push(performance.now())) };
  const facts = {
    mention: async (_site: Site, { body }: { body: { nativeIds: string[] } }) => {
      told.push({ at: performance.now(), nativeIds: body.nativeIds });
      await mention?.();
    },
  } as unknown as Pick<Facts, 'mention'>;
  const site = { config: { name: 'lab' }, adapter: { changes: facet } } as unknown as Site;
  return { told, rounds, feed: new ChangeFeed(site, facts, log, pace) };
}

describe('the change feed of a site', () => {
  it('tells what changed within a moment in one message, each VM once', async () => {
    const { told, feed } = open(async function* (signal) {
      yield ids('a', 'b');
      yield ids('b', 'c');
      await untilAborted(signal);
    });
    await eventually(() => Promise.resolve(told.length > 0), 'the changes to be told');
    await feed.close();
    expect(told.map(({ nativeIds }) => nativeIds)).toEqual([['a', 'b', 'c']]);
  });

  it('tells at most 500 ids in a message, and the rest later, not sooner than after the pace', async () => {
    const { told, feed } = open(async function* (signal) {
      yield ids(...Array.from({ length: 1_200 }, (_, index) => `vm-${index}`));
      await untilAborted(signal);
    });
    await eventually(() => Promise.resolve(told.length === 3), 'three messages');
    await feed.close();
    expect(told.map(({ nativeIds }) => nativeIds.length)).toEqual([500, 500, 200]);
    expect(new Set(told.flatMap(({ nativeIds }) => nativeIds)).size).toBe(1_200);
    const gaps = told.slice(1).map(({ at }, index) => at - (told[index]?.at ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(pace.gatherMs - 2);
  });

  it('keeps only so many changes in mind: the next scan finds the others', async () => {
    const { told, feed } = open(async function* (signal) {
      yield ids(...Array.from({ length: 20_000 }, (_, index) => `vm-${index}`));
      await untilAborted(signal);
    });
    await eventually(() => Promise.resolve(told.length === 20), 'all messages', 10_000);
    await new Promise((resolve) => setTimeout(resolve, 3 * pace.gatherMs));
    await feed.close();
    expect(told).toHaveLength(20);
  });

  it('listens again after an error and after an end, later and later until something is heard', async () => {
    const { told, rounds, feed } = open(async function* (signal, round) {
      await Promise.resolve();
      if (round < 4) throw new Error('the platform went away');
      if (round === 4) return;
      yield ids('back');
      await untilAborted(signal);
    });
    await eventually(() => Promise.resolve(told.length === 1), 'the change after the errors');
    await feed.close();
    const gaps = rounds.slice(1).map((at, index) => at - (rounds[index] ?? 0));
    [20, 40, 80, 80].forEach((leastMs, index) => {
      expect(gaps[index]).toBeGreaterThanOrEqual(leastMs - 2);
    });
  });

  it('ends when it is closed, also with an adapter that does not let go', async () => {
    const { feed } = open(async function* () {
      yield ids('a');
      await new Promise(() => undefined);
    });
    await feed.close();
  });

  it('is quiet on a platform that has none', async () => {
    const { told, feed } = open(undefined);
    await feed.close();
    expect(told).toEqual([]);
  });
});
