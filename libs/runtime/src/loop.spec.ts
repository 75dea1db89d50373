import { createLog } from './log';
import { every } from './loop';

const log = createLog('spec', 'silent');

describe('every', () => {
  it('runs at once, again when nudged, and never overlaps', async () => {
    let running = 0;
    let worst = 0;
    let runs = 0;
    const loop = every(
      60_000,
      async () => {
        running += 1;
        worst = Math.max(worst, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        runs += 1;
      },
      log,
    );
    while (runs < 5) {
      loop.nudge();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await loop.stop();
    expect(worst).toBe(1);
  });

  it('goes on after an error', async () => {
    let runs = 0;
    const loop = every(1, () => (++runs === 1 ? Promise.reject(new Error('once')) : Promise.resolve()), log);
    while (runs < 3) await new Promise((resolve) => setTimeout(resolve, 1));
    await loop.stop();
    const after = runs;
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(runs).toBe(after);
  });

  it('tries again soon after an error, however rarely it runs', async () => {
    jest.useFakeTimers();
    try {
      let runs = 0;
      const loop = every(60_000, () => (++runs === 1 ? Promise.reject(new Error('once')) : Promise.resolve()), log);
      await jest.advanceTimersByTimeAsync(999);
      expect(runs).toBe(1);
      await jest.advanceTimersByTimeAsync(1);
      expect(runs).toBe(2);
      await loop.stop();
    } finally {
      jest.useRealTimers();
    }
  });

  it('gathers what it is nudged for in quick succession, and does not keep a lone nudge waiting', async () => {
    jest.useFakeTimers();
    try {
      const starts: number[] = [];
      const work = (): Promise<void> => {
        starts.push(performance.now());
        return Promise.resolve();
      };
      const loop = every(60_000, work, log, { spacingMs: 50 });
      await jest.advanceTimersByTimeAsync(500);
      const lone = performance.now();
      loop.nudge();
      await jest.advanceTimersByTimeAsync(0);
      expect(starts.slice(1)).toEqual([lone]);
      for (let ms = 0; ms < 100; ms += 5) {
        loop.nudge();
        await jest.advanceTimersByTimeAsync(5);
      }
      expect(starts.slice(1)).toEqual([lone, lone + 50, lone + 100]);
      loop.nudge();
      await loop.stop();
    } finally {
      jest.useRealTimers();
    }
  });
});
