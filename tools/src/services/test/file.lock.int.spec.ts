import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { withFileLock } from '../file.lock';

describe('a file lock', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dcm-lock-'));
    file = join(folder, 'lock');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('lets one work at a time and leaves nothing behind', async () => {
    let working = 0;
    let most = 0;
    const work = async (n: number): Promise<number> => {
      most = Math.max(most, ++working);
      for (let i = 0; i < 5; i++) await turn();
      working--;
      return n;
    };
    const results = await Promise.all([1, 2, 3, 4].map((n) => withFileLock(file, () => work(n))));
    expect(results).toEqual([1, 2, 3, 4]);
    expect(most).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is released when the work fails', async () => {
    await expect(withFileLock(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(existsSync(file)).toBe(false);
  });

  it('is taken over from a dead owner by one of those who wait', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    writeFileSync(file, String(pid));
    const order: string[] = [];
    const work = (name: string) => async (): Promise<void> => {
      order.push(`${name} begins`);
      await turn();
      order.push(`${name} ends`);
    };
    await Promise.all([withFileLock(file, work('a')), withFileLock(file, work('b'))]);
    expect(order.map((entry) => entry.split(' ')[1])).toEqual(['begins', 'ends', 'begins', 'ends']);
  });
});
