import type { PveCall } from './pve.caller';
import { PveRefusal, PveRequestError, PveTaskFailure, PveTaskUnknown, PveTransportError } from './pve.errors';
import type { PvePath } from './pve.request';
import { TaskWatcher, type TaskWatcherOptions } from './task.watcher';

const upidOf = (n: number, node = 'pve1'): string =>
  `UPID:${node}:${n.toString(16).padStart(8, '0')}:00035FE9:6B0384D0:qmclone:9001:root@pam!dcm:`;
const FAST: TaskWatcherOptions = { minPauseMs: 2, maxPauseMs: 10, maxOutageMs: 60 };

/** A cluster of tasks: those that are not named run. */
class Tasks {
  readonly ends = new Map<string, string>();
  readonly logs = new Map<string, string[]>();
  readonly calls: string[] = [];
  readonly preferred = new Set<string | undefined>();
  failure: ((path: PvePath) => Error | undefined) | undefined;

  get = (path: PvePath, query: object = {}, { node }: PveCall = {}): Promise<unknown> => {
    const [, , , upid, kind] = path.map(String);
    this.calls.push(kind ?? 'list');
    this.preferred.add(node);
    const failure = this.failure?.(path);
    if (failure !== undefined) return Promise.reject(failure);
    if (upid === undefined) return Promise.resolve(this.list());
    if (kind === 'log') return Promise.resolve(this.log(upid, (query as { start: number }).start));
    const exitstatus = this.ends.get(upid);
    return Promise.resolve(exitstatus === undefined ? { status: 'running' } : { status: 'stopped', exitstatus });
  };

  delete = (path: PvePath): Promise<unknown> => {
    this.calls.push('DELETE');
    this.ends.set(String(path[3]), 'interrupted by signal');
    return Promise.resolve(undefined);
  };

  private list(): object[] {
    return Array.from({ length: 50 }, (_, n) => upidOf(n))
      .filter((upid) => !this.ends.has(upid))
      .map((upid) => ({ upid, status: 'RUNNING' }));
  }

  private log(upid: string, start: number): object[] {
    return (this.logs.get(upid) ?? []).map((t, index) => ({ n: index + 1, t })).slice(start);
  }
}

const until = async (isDone: () => boolean): Promise<void> => {
  while (!isDone()) await new Promise((resolve) => setTimeout(resolve, 1));
};

describe('the task watcher', () => {
  let tasks: Tasks;
  let watcher: TaskWatcher;

  beforeEach(() => {
    tasks = new Tasks();
    watcher = new TaskWatcher(tasks, FAST);
  });
  afterEach(() => {
    watcher.close();
  });

  it('tells success, also with warnings, and failure by its text', async () => {
    tasks.ends.set(upidOf(1), 'OK').set(upidOf(2), 'WARNINGS: 2').set(upidOf(3), 'VM 201 already running');
    await expect(watcher.wait(upidOf(1))).resolves.toEqual({ warnings: 0 });
    await expect(watcher.wait(upidOf(2))).resolves.toEqual({ warnings: 2 });
    const failure: unknown = await watcher.wait(upidOf(3)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PveTaskFailure);
    expect(failure).toMatchObject({ text: 'VM 201 already running' });
  });

  it('asks the node that runs the task', async () => {
    tasks.ends.set(upidOf(1, 'pve3'), 'OK');
    await watcher.wait(upidOf(1, 'pve3'));
    expect([...tasks.preferred]).toEqual(['pve3']);
  });

  it('asks for many by one list, and by name only for those that ended', async () => {
    watcher.close();
    watcher = new TaskWatcher(tasks, { ...FAST, minPauseMs: 100, maxPauseMs: 100 });
    const waits = Array.from({ length: 40 }, (_, n) => watcher.wait(upidOf(n)));
    await until(() => tasks.calls.filter((call) => call === 'list').length > 3);
    expect(tasks.calls).not.toContain('status');
    for (let n = 0; n < 40; n += 1) tasks.ends.set(upidOf(n), 'OK');
    await Promise.all(waits);
    expect(tasks.calls.filter((call) => call === 'status')).toHaveLength(40);
  });

  it('asks nobody while nobody waits', async () => {
    const leaving = new AbortController();
    const wait = watcher.wait(upidOf(1), { signal: leaving.signal });
    await until(() => tasks.calls.length > 0);
    leaving.abort();
    await expect(wait).rejects.toMatchObject({ code: 'ABORTED', mayHaveRun: true });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const asked = tasks.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(tasks.calls).toHaveLength(asked);
    tasks.ends.set(upidOf(2), 'OK');
    await watcher.wait(upidOf(2));
    expect(tasks.calls.length).toBeGreaterThan(asked);
  });

  it('lets one leave without disturbing who else waits for the same task', async () => {
    const impatient = watcher.wait(upidOf(1), { timeoutMs: 5 });
    const patient = watcher.wait(upidOf(1));
    await expect(impatient).rejects.toMatchObject({ code: 'TIMEOUT' });
    tasks.ends.set(upidOf(1), 'OK');
    await expect(patient).resolves.toEqual({ warnings: 0 });
  });

  it('calls the end unknown when the worker was lost, or the node has forgotten the task', async () => {
    tasks.ends.set(upidOf(1), 'unexpected status');
    await expect(watcher.wait(upidOf(1))).rejects.toMatchObject({ why: 'UNEXPECTED_STATUS' });
    tasks.failure = () => new PveRefusal('x', { status: 400, text: 'no such task', scheme: 'token' });
    await expect(watcher.wait(upidOf(2))).rejects.toMatchObject({ why: 'FORGOTTEN' });
    const fields = { upid: 'no such task' };
    tasks.failure = () =>
      new PveRefusal('x', { status: 400, text: 'Parameter verification failed.', fields, scheme: 'token' });
    await expect(watcher.wait(upidOf(3))).rejects.toMatchObject({ why: 'FORGOTTEN' });
  });

  it('bears with a node that is away, and goes on when it is back', async () => {
    tasks.failure = () => new PveTransportError('NODE_UNREACHABLE', 'x', { httpStatus: 595, mayHaveRun: false });
    const wait = watcher.wait(upidOf(1));
    await until(() => tasks.calls.length > 2);
    tasks.failure = undefined;
    tasks.ends.set(upidOf(1), 'OK');
    await expect(wait).resolves.toEqual({ warnings: 0 });
  });

  it('calls the end unknown when the node stays away, and keeps the cause', async () => {
    tasks.failure = ([, node]) =>
      node === 'pve2'
        ? new PveTransportError('NODE_UNREACHABLE', 'x', { httpStatus: 595, mayHaveRun: false })
        : undefined;
    const lost = watcher.wait(upidOf(1, 'pve2')).catch((error: unknown) => error);
    const other = watcher.wait(upidOf(1));
    const error = await lost;
    expect(error).toBeInstanceOf(PveTaskUnknown);
    expect(error).toMatchObject({ why: 'UNSEEN', cause: { code: 'NODE_UNREACHABLE' } });
    tasks.ends.set(upidOf(1), 'OK');
    await expect(other).resolves.toEqual({ warnings: 0 });
  });

  it('does not let one task that cannot be read spoil the others', async () => {
    tasks.failure = ([, , , upid]) =>
      upid === upidOf(1) ? new PveRefusal('x', { status: 500, text: 'broken', scheme: 'token' }) : undefined;
    tasks.ends.set(upidOf(2), 'OK');
    const broken = watcher.wait(upidOf(1)).catch((error: unknown) => error);
    await expect(watcher.wait(upidOf(2))).resolves.toEqual({ warnings: 0 });
    expect(await broken).toMatchObject({ why: 'UNSEEN', cause: { text: 'broken' } });
  });

  it('tells growing percentages from the log, and reads each line once', async () => {
    tasks.logs.set(upidOf(1), ['transferred 1 of 4 (25.00%)', 'transferred 2 of 4 (50.00%)']);
    const told: number[] = [];
    const wait = watcher.wait(upidOf(1), { onProgress: (percent) => told.push(percent) });
    await until(() => told.length === 1);
    tasks.ends.set(upidOf(1), 'OK');
    await wait;
    expect(told).toEqual([50]);
  });

  it('ends the wait of one whose ear throws', async () => {
    tasks.logs.set(upidOf(1), ['(1.00%)']);
    const onProgress = (): void => {
      throw new Error('claim lost');
    };
    await expect(watcher.wait(upidOf(1), { onProgress })).rejects.toThrow('claim lost');
  });

  it('stops a task and waits until it has ended', async () => {
    const end = await watcher.stop(upidOf(1));
    expect(end).toBeInstanceOf(PveTaskFailure);
    expect(tasks.calls).toEqual(['DELETE', 'status']);
  });

  it('takes nothing for a task that is none', async () => {
    await expect(watcher.wait('../../access')).rejects.toThrow(PveRequestError);
    expect(tasks.calls).toEqual([]);
  });

  it('fails who waits when it is closed', async () => {
    const wait = watcher.wait(upidOf(1));
    watcher.close();
    await expect(wait).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
    await expect(watcher.wait(upidOf(1))).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
  });
});
