import { Batch, type Outcome } from './batch';

/** Work that the test lets end. */
class Gate {
  readonly batches: string[][] = [];
  private readonly waiting: (() => void)[] = [];

  readonly work = async (items: readonly string[]): Promise<Outcome<string>[]> => {
    this.batches.push([...items]);
    await new Promise<void>((resolve) => this.waiting.push(resolve));
    return items.map((item) => (item === 'bad' ? { error: new Error('bad') } : { value: item.toUpperCase() }));
  };

  async open(): Promise<void> {
    while (this.waiting.length === 0) await new Promise(setImmediate);
    this.waiting.shift()?.();
  }
}

describe('a batch', () => {
  it('takes together what arrives together, and what arrives meanwhile after that, in order', async () => {
    const gate = new Gate();
    const batch = new Batch(gate.work, { size: 10 });
    const first = [batch.add('a'), batch.add('b')];
    const opened = gate.open();
    await new Promise(setImmediate);
    const second = [batch.add('c'), batch.add('d')];
    await opened;
    expect(await Promise.all(first)).toEqual(['A', 'B']);
    await gate.open();
    expect(await Promise.all(second)).toEqual(['C', 'D']);
    expect(gate.batches).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('is never larger than its size', async () => {
    const gate = new Gate();
    const batch = new Batch(gate.work, { size: 2 });
    const all = ['a', 'b', 'c'].map((item) => batch.add(item));
    await gate.open();
    await gate.open();
    await Promise.all(all);
    expect(gate.batches).toEqual([['a', 'b'], ['c']]);
  });

  it('gives each item its own outcome', async () => {
    const gate = new Gate();
    const batch = new Batch(gate.work, { size: 10 });
    const good = batch.add('good');
    const bad = expect(batch.add('bad')).rejects.toThrow('bad');
    await gate.open();
    expect(await good).toBe('GOOD');
    await bad;
  });

  it('goes on after work that failed as a whole or forgot an item', async () => {
    let round = 0;
    const batch = new Batch<string, string>(
      (items) => {
        round += 1;
        if (round === 1) return Promise.reject(new Error('database away'));
        return Promise.resolve(round === 2 ? [] : items.map((value) => ({ value })));
      },
      { size: 10 },
    );
    await expect(batch.add('a')).rejects.toThrow('database away');
    await expect(batch.add('b')).rejects.toThrow('without an outcome');
    expect(await batch.add('c')).toBe('c');
  });

  it('begins at once after a pause, and gathers for a moment where batches follow each other', async () => {
    const sizes: number[] = [];
    const batch = new Batch<number, number>(
      (items) => {
        sizes.push(items.length);
        return Promise.resolve(items.map((value) => ({ value })));
      },
      { size: 10 },
    );
    const addLater = async (value: number): Promise<number> => {
      await new Promise(setImmediate);
      return batch.add(value);
    };
    await Promise.all([batch.add(1), addLater(2)]);
    expect(sizes).toEqual([1, 1]);
    // A machine that stood still in between may miss the moment once.
    for (let round = 0; round < 20; round += 1) await Promise.all([batch.add(3), addLater(4)]);
    expect(sizes).toContain(2);
  });

  it('never puts two items of one key together, and lets none of a key pass another', async () => {
    const gate = new Gate();
    const batch = new Batch(gate.work, { size: 10, keyOf: (item) => item.charAt(0) });
    const all = ['a1', 'b1', 'a2', 'a3', 'c1'].map((item) => batch.add(item));
    for (let n = 0; n < 3; n += 1) await gate.open();
    await Promise.all(all);
    expect(gate.batches).toEqual([['a1', 'b1', 'c1'], ['a2'], ['a3']]);
  });

  it('runs as many batches side by side as it has lanes', async () => {
    const gate = new Gate();
    const batch = new Batch(gate.work, { size: 1, lanes: 2 });
    const all = ['a', 'b', 'c'].map((item) => batch.add(item));
    while (gate.batches.length < 2) await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(gate.batches).toEqual([['a'], ['b']]);
    for (let n = 0; n < 3; n += 1) await gate.open();
    expect(await Promise.all(all)).toEqual(['A', 'B', 'C']);
  });
});
