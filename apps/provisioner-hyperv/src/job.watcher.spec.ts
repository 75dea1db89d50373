import { WaitOver } from './hyperv.errors';
import { JobWatcher } from './job.watcher';
import type { Batch } from './powershell/batch';

type Read = ConstructorParameters<typeof JobWatcher>[0];
const never = new AbortController().signal;
const wait = { signal: never, timeoutMs: 5_000 };

/** Jobs of which each look shows the next state. */
function aServer(states: Record<string, (string | undefined)[]>): { read: Read; asked: string[][] } {
  const asked: string[][] = [];
  const read: Read = ({ steps, return: returns }: Batch<Awaited<Parameters<Read>[0]>['return']>) => {
    const ids = steps.map(({ args }) => (args?.['ID'] as { $guid: string }).$guid);
    asked.push(ids);
    const rows = ids.map((id) => {
      const [status] = states[id]?.splice(0, states[id].length > 1 ? 1 : 0) ?? [];
      const shown = status ?? states[id]?.[0];
      return shown === undefined ? [] : [{ id, name: 'job', status: shown, percent: 50, code: 0, problem: null }];
    });
    const names = Object.keys(returns);
    return Promise.resolve({
      rows: Object.fromEntries(names.map((name, at) => [name, rows[at] ?? []])),
      ran: [],
      tookMs: 0,
    });
  };
  return { read, asked };
}

describe('waiting for jobs', () => {
  it('ends with the job, and tells its progress', async () => {
    const { read } = aServer({ a: ['Running', 'Completed'] });
    const seen: number[] = [];
    const job = await new JobWatcher(read, 100).wait('a', { ...wait, onProgress: (percent) => seen.push(percent) });
    expect([job?.status, seen]).toEqual(['Completed', [50]]);
  });

  it('asks for all jobs in one request, and for each once', async () => {
    const { read, asked } = aServer({ a: ['Running', 'Completed'], b: ['Running', 'Running', 'Failed'] });
    const watcher = new JobWatcher(read, 100);
    const jobs = await Promise.all([watcher.wait('a', wait), watcher.wait('b', wait), watcher.wait('a', wait)]);
    expect(jobs.map((job) => job?.status)).toEqual(['Completed', 'Failed', 'Completed']);
    expect(asked.slice(1).every((ids) => new Set(ids).size === ids.length)).toBe(true);
    expect(asked.length).toBeLessThanOrEqual(5);
  });

  it('ends with nothing for a job that the server has forgotten', async () => {
    expect(await new JobWatcher(aServer({}).read, 100).wait('x', wait)).toBeUndefined();
  });

  it('ends in time, or when its caller withdraws', async () => {
    const { read } = aServer({ a: ['Running'] });
    const watcher = new JobWatcher(read, 100);
    await expect(watcher.wait('a', { ...wait, timeoutMs: 60 })).rejects.toBeInstanceOf(WaitOver);
    const signal = AbortSignal.timeout(60);
    await expect(watcher.wait('a', { ...wait, signal })).rejects.toBeInstanceOf(WaitOver);
  });

  it('outlives a look that fails, and gives up when none succeeds', async () => {
    const { read } = aServer({ a: ['Completed'] });
    let failures = 2;
    const shaky: Read = (batch) => {
      failures -= 1;
      return failures >= 0 ? Promise.reject(new Error('lost')) : read(batch);
    };
    expect((await new JobWatcher(shaky, 100).wait('a', wait))?.status).toBe('Completed');
    const dead: Read = () => Promise.reject(new Error('lost'));
    await expect(new JobWatcher(dead, 100).wait('a', wait)).rejects.toThrow('lost');
  });
});
