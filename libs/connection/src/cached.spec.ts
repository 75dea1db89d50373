import { Cached } from './cached';

describe('a short memory', () => {
  let now = 0;
  const aCache = () => new Cached<number>(() => now);
  let reads = 0;
  const read = () => Promise.resolve((reads += 1));

  beforeEach(() => {
    now = 0;
    reads = 0;
  });

  it('reads once for all who ask at once, and again when it is too old', async () => {
    const cache = aCache();
    expect(await Promise.all([cache.get(10, read), cache.get(10, read), cache.get(10, read)])).toEqual([1, 1, 1]);
    now = 10;
    expect(await cache.get(10, read)).toBe(1);
    now = 11;
    expect(await cache.get(10, read)).toBe(2);
    expect(await cache.get(0, read)).toBe(2);
  });

  it('lets those who waited read for themselves when the first fails', async () => {
    const cache = aCache();
    const failed = cache.get(10, () => Promise.reject(new Error('withdrawn')));
    const waiting = cache.get(10, read);
    await expect(failed).rejects.toThrow('withdrawn');
    expect(await waiting).toBe(1);
    expect(await cache.get(10, read)).toBe(1);
  });

  it('takes what was read in another way', async () => {
    const cache = aCache();
    cache.set(7);
    expect(await cache.get(10, read)).toBe(7);
  });
});
