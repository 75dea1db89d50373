import { GroupCommit } from './group-commit';

interface Item {
  readonly key: string;
  readonly value: number;
}
const item = (value: number, key = String(value)): Item => ({ key, value });

/** A write that is held until the test lets it go. */
function heldWrites(): {
  batches: Item[][];
  release: () => void;
  write: (items: readonly Item[]) => Promise<number[]>;
} {
  const batches: Item[][] = [];
  const held: (() => void)[] = [];
  return {
    batches,
    release: () => {
      for (const go of held.splice(0)) go();
    },
    write: async (items) => {
      batches.push([...items]);
      await new Promise<void>((resolve) => held.push(resolve));
      return items.map(({ value }) => value * 10);
    },
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Lets the event loop turn until so many writes have begun; jest's own time limit ends a wait in vain. */
const begun = async (batches: readonly Item[][], count: number): Promise<void> => {
  while (batches.length < count) await turn();
};

const commits = (
  write: (items: readonly Item[]) => Promise<readonly number[]>,
  change: { maxBatch?: number; maxInFlight?: number; spacingMs?: number; isCommonFailure?: () => boolean } = {},
): GroupCommit<Item, number> =>
  new GroupCommit({
    write,
    keyOf: ({ key }) => key,
    maxBatch: 100,
    maxInFlight: 1,
    isCommonFailure: () => false,
    ...change,
  });

describe('a group commit', () => {
  it('writes together what arrives while a write is under way', async () => {
    const { batches, release, write } = heldWrites();
    const group = commits(write);
    const first = group.add(item(1));
    await begun(batches, 1);
    const rest = [2, 3, 4].map((value) => group.add(item(value)));
    await turn();
    expect(batches.map((batch) => batch.length)).toEqual([1]);
    release();
    expect(await first).toBe(10);
    await begun(batches, 2);
    release();
    expect(await Promise.all(rest)).toEqual([20, 30, 40]);
    expect(batches.map((batch) => batch.length)).toEqual([1, 3]);
  });

  it('has no more writes under way than allowed, and no larger ones', async () => {
    const { batches, release, write } = heldWrites();
    const group = commits(write, { maxBatch: 2, maxInFlight: 2 });
    const all = Promise.all([1, 2, 3, 4, 5, 6].map((value) => group.add(item(value))));
    await begun(batches, 2);
    await turn();
    expect(batches.map((batch) => batch.length)).toEqual([2, 2]);
    release();
    await begun(batches, 3);
    release();
    expect(await all).toEqual([10, 20, 30, 40, 50, 60]);
  });

  it('never writes one key twice in a batch', async () => {
    const { batches, release, write } = heldWrites();
    const group = commits(write);
    const all = Promise.all([group.add(item(1, 'a')), group.add(item(2, 'a')), group.add(item(3, 'b'))]);
    await begun(batches, 1);
    release();
    await begun(batches, 2);
    release();
    expect(await all).toEqual([10, 20, 30]);
    expect(batches.map((batch) => batch.map(({ value }) => value))).toEqual([[1, 3], [2]]);
  });

  it('lets one bad item fail alone', async () => {
    const group = commits((items) =>
      items.some(({ value }) => value === 2) ? Promise.reject(new Error('bad')) : Promise.resolve(items.map(() => 0)),
    );
    const results = await Promise.allSettled([1, 2, 3].map((value) => group.add(item(value))));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('does not try one by one what fails for everybody', async () => {
    let writes = 0;
    const group = commits(
      () => {
        writes += 1;
        return Promise.reject(new Error('away'));
      },
      { isCommonFailure: () => true },
    );
    const results = await Promise.allSettled([1, 2, 3].map((value) => group.add(item(value))));
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    expect(writes).toBe(1);
  });

  it('keeps its distance from the write before, and a lone item waits for nobody', async () => {
    jest.useFakeTimers();
    try {
      const batches: number[][] = [];
      const write = (items: readonly Item[]): Promise<number[]> => {
        batches.push(items.map(({ value }) => value));
        return Promise.resolve(items.map(({ value }) => value));
      };
      const group = commits(write, { spacingMs: 50 });
      void group.add(item(1));
      await jest.advanceTimersByTimeAsync(1);
      expect(batches).toEqual([[1]]);
      const rest = [2, 3].map((value) => group.add(item(value)));
      await jest.advanceTimersByTimeAsync(40);
      expect(batches).toHaveLength(1);
      await jest.advanceTimersByTimeAsync(10);
      expect(batches).toEqual([[1], [2, 3]]);
      expect(await Promise.all(rest)).toEqual([2, 3]);
    } finally {
      jest.useRealTimers();
    }
  });
});
