import { reference } from './managed.object';
import { PropertyCollector } from './property.collector';
import { TaskServer } from './testing/task.server';
import { TaskWatcher } from './task.watcher';
import { VimFault, VimTransportError } from './vim.errors';

const VM = reference('VirtualMachine', 'vm-1');
const SUCCESS = { 'info.state': 'success', 'info.result': VM };

describe('the task watcher', () => {
  let server: TaskServer;
  let watcher: TaskWatcher;

  beforeEach(() => {
    jest.useFakeTimers();
    server = new TaskServer();
    watcher = new TaskWatcher(server.caller, new PropertyCollector(server.caller), { maxOutageMs: 10_000 });
  });

  afterEach(async () => {
    await watcher.close();
    expect(server.openPolls).toBe(0);
    jest.useRealTimers();
  });

  /** Lets everything that is ready happen. */
  async function settle(): Promise<void> {
    await jest.advanceTimersByTimeAsync(0);
  }

  it('returns the result of a task that has ended already, without any poll', async () => {
    expect(await watcher.wait(server.start(SUCCESS))).toEqual(VM);
    expect(server.caller.count('WaitForUpdatesEx')).toBe(0);
  });

  it('returns the result when the task ends, and stops polling', async () => {
    const task = server.start();
    const end = watcher.wait(task);
    await settle();
    expect(server.openPolls).toBe(1);
    server.change(task, SUCCESS);
    expect(await end).toEqual(VM);
    await settle();
    expect([server.openPolls, server.filters]).toEqual([0, 0]);
  });

  it('throws the fault of a task that fails, under the operation’s name', async () => {
    const task = server.start();
    const end = watcher.wait(task, { operation: 'CloneVM_Task' });
    await settle();
    const error = { fault: { $type: 'NoDiskSpace', datastore: 'ds1' }, localizedMessage: 'Full.' };
    server.change(task, { 'info.state': 'error', 'info.error': error });
    await expect(end).rejects.toMatchObject({ fault: 'NoDiskSpace', operation: 'CloneVM_Task', explanation: 'Full.' });
  });

  it('watches forty tasks with one poll at a time, and picks up later ones while it is open', async () => {
    const tasks = Array.from({ length: 40 }, () => server.start());
    const ends = tasks.slice(0, 20).map((task) => watcher.wait(task));
    await settle();
    ends.push(...tasks.slice(20).map((task) => watcher.wait(task)));
    await settle();
    expect(server.filters).toBe(40);
    tasks.forEach((task, index) => {
      server.change(task, { 'info.state': 'success', 'info.result': index });
    });
    expect(await Promise.all(ends)).toEqual(tasks.map((_, index) => index));
    expect(server.mostPolls).toBe(1);
    expect(server.caller.count('CreatePropertyCollector')).toBe(1);
  });

  it('learns within a minute of an end that the server does not tell, however much it tells of others', async () => {
    const [task, other] = [server.start(), server.start()];
    const ends = [watcher.wait(task), watcher.wait(other)];
    await settle();
    server.changeQuietly(task, SUCCESS);
    for (let second = 0; second < 59; second += 1) {
      await jest.advanceTimersByTimeAsync(1_000);
      server.change(other, { 'info.progress': second });
    }
    expect(server.caller.count('CreatePropertyCollector')).toBe(1);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(await ends[0]).toEqual(VM);
    server.changeQuietly(other, SUCCESS);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(await ends[1]).toEqual(VM);
    expect(server.caller.count('CreatePropertyCollector')).toBe(3);
    expect(server.mostPolls).toBe(1);
  });

  it('learns within half a minute of an end whose telling was lost with a connection', async () => {
    const end = watcher.wait(server.start());
    const task = server.start();
    const other = watcher.wait(task);
    await settle();
    server.cutOff();
    server.change(task, SUCCESS);
    await jest.advanceTimersByTimeAsync(25_000 + 200);
    expect(await other).toEqual(VM);
    await watcher.close();
    await expect(end).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
  });

  it('begins with a new collector when the one at hand has served its time', async () => {
    for (let round = 0; round < 2; round += 1) {
      const task = server.start();
      const end = watcher.wait(task);
      await settle();
      server.change(task, SUCCESS);
      expect(await end).toEqual(VM);
      await jest.advanceTimersByTimeAsync(60_000);
    }
    expect(server.caller.count('CreatePropertyCollector')).toBe(2);
    expect(server.caller.count('CreateFilter')).toBe(2);
  });

  it('tells each change of progress once', async () => {
    const task = server.start();
    const seen: number[] = [];
    const end = watcher.wait(task, { onProgress: (percent) => seen.push(percent) });
    await settle();
    for (const progress of [10, 10, 40]) {
      server.change(task, { 'info.progress': progress });
      await settle();
    }
    server.change(task, SUCCESS);
    await end;
    expect(seen).toEqual([10, 40]);
  });

  it('fails only the one whose progress callback throws', async () => {
    const task = server.start();
    const other = watcher.wait(task);
    const faulty = watcher.wait(task, {
      onProgress: () => {
        throw new Error('broken callback');
      },
    });
    const rejected = expect(faulty).rejects.toThrow('broken callback');
    await settle();
    server.change(task, { 'info.progress': 10 });
    await rejected;
    server.change(task, SUCCESS);
    expect(await other).toEqual(VM);
  });

  it('keeps the first final state when the server replays an older one', async () => {
    const task = server.start();
    const end = watcher.wait(task);
    await settle();
    server.change(task, SUCCESS);
    server.tell(task, 'modify', { 'info.state': 'running' });
    expect(await end).toEqual(VM);
  });

  it('says that the server does not know the task', async () => {
    const unknown = reference('Task', 'task-unknown');
    await expect(watcher.wait(unknown)).rejects.toMatchObject({
      fault: 'ManagedObjectNotFound',
      detail: { obj: unknown },
    });
  });

  it('reads a task that leaves the server’s list, and says when it is forgotten', async () => {
    const [ended, forgotten] = [server.start(), server.start()];
    const first = watcher.wait(ended);
    const second = expect(watcher.wait(forgotten)).rejects.toMatchObject({ fault: 'ManagedObjectNotFound' });
    await settle();
    server.forget(forgotten);
    await second;
    server.changeQuietly(ended, SUCCESS);
    server.tell(ended, 'leave');
    expect(await first).toEqual(VM);
  });

  it('gives up only the task that a failing poll names', async () => {
    const [lost, other] = [server.start(), server.start()];
    const first = expect(watcher.wait(lost)).rejects.toMatchObject({ fault: 'ManagedObjectNotFound' });
    const second = watcher.wait(other);
    await settle();
    server.failNext('WaitForUpdatesEx', new VimFault('ManagedObjectNotFound', 'WaitForUpdatesEx', '', { obj: lost }));
    await first;
    await settle();
    server.change(other, SUCCESS);
    expect(await second).toEqual(VM);
  });

  describe('when one who waits leaves', () => {
    it('by its signal, the others are not disturbed', async () => {
      const task = server.start();
      const leaver = new AbortController();
      const leaving = expect(watcher.wait(task, { signal: leaver.signal })).rejects.toMatchObject({ code: 'ABORTED' });
      const staying = watcher.wait(task);
      await settle();
      leaver.abort();
      await leaving;
      expect(server.filters).toBe(1);
      server.change(task, SUCCESS);
      expect(await staying).toEqual(VM);
    });

    it('at the end of its time, the filter goes and other tasks are still watched', async () => {
      const [slow, other] = [server.start(), server.start()];
      const leaving = expect(watcher.wait(slow, { timeoutMs: 500 })).rejects.toMatchObject({ code: 'TIMEOUT' });
      const staying = watcher.wait(other);
      await jest.advanceTimersByTimeAsync(500);
      await leaving;
      await settle();
      expect([server.filters, server.openPolls]).toEqual([1, 1]);
      server.change(other, SUCCESS);
      expect(await staying).toEqual(VM);
    });

    it('and was the last one, the poll ends', async () => {
      const leaver = new AbortController();
      const leaving = watcher.wait(server.start(), { signal: leaver.signal });
      const left = expect(leaving).rejects.toMatchObject({ code: 'ABORTED', requestSent: true });
      await settle();
      leaver.abort();
      await left;
      await settle();
      expect([server.openPolls, server.filters]).toEqual([0, 0]);
    });

    it('before it began, nothing is started', async () => {
      const leaving = watcher.wait(server.start(), { signal: AbortSignal.abort() });
      await expect(leaving).rejects.toMatchObject({ code: 'ABORTED' });
      await settle();
      expect(server.caller.count('CreatePropertyCollector')).toBe(0);
    });
  });

  describe('when the poll fails', () => {
    it.each(['InvalidCollectorVersion', 'RequestCanceled', 'NotAuthenticated'])(
      'with %s, it goes on with a new collector at once',
      async (fault) => {
        const task = server.start();
        const end = watcher.wait(task);
        await settle();
        server.failNext('WaitForUpdatesEx', new VimFault(fault, 'WaitForUpdatesEx', ''));
        await settle();
        expect(server.openPolls).toBe(1);
        server.change(task, SUCCESS);
        expect(await end).toEqual(VM);
        expect(server.caller.count('CreatePropertyCollector')).toBe(2);
      },
    );

    it('because the session took the collector along, it makes a new one', async () => {
      const task = server.start();
      const end = watcher.wait(task);
      await settle();
      server.endSession();
      server.change(task, SUCCESS);
      expect(await end).toEqual(VM);
    });

    it('because the server cannot be reached, it waits for it to come back', async () => {
      const task = server.start();
      const end = watcher.wait(task);
      await settle();
      const refused = new VimTransportError('ECONNREFUSED', 'WaitForUpdatesEx', { requestSent: false });
      server.failNext('CreatePropertyCollector', refused, refused);
      server.failNext('WaitForUpdatesEx', refused);
      server.change(task, SUCCESS);
      await jest.advanceTimersByTimeAsync(2_000);
      expect(await end).toEqual(VM);
    });

    it('for longer than the limit, it says so to everybody', async () => {
      const refused = new VimTransportError('ECONNREFUSED', 'WaitForUpdatesEx', { requestSent: false });
      const ends = [watcher.wait(server.start()), watcher.wait(server.start())];
      const failed = ends.map((end) => expect(end).rejects.toMatchObject({ code: 'ECONNREFUSED' }));
      server.failNext('CreatePropertyCollector', ...Array.from({ length: 20 }, () => refused));
      await jest.advanceTimersByTimeAsync(30_000);
      await Promise.all(failed);
      expect(server.caller.count('CreatePropertyCollector')).toBeLessThan(10);
    });

    it('with a fault that does not pass, it says so at once', async () => {
      const end = expect(watcher.wait(server.start())).rejects.toMatchObject({ fault: 'InvalidLogin' });
      server.failNext('CreatePropertyCollector', new VimFault('InvalidLogin', 'Login', ''));
      await end;
    });

    it('while a filter is added to an open poll, the task is not forgotten', async () => {
      const [first, second] = [server.start(), server.start()];
      const ends = [watcher.wait(first)];
      await settle();
      server.failNext('CreateFilter', new VimTransportError('ECONNRESET', 'CreateFilter', { requestSent: true }));
      ends.push(watcher.wait(second));
      await settle();
      expect(server.filters).toBe(2);
      server.change(first, SUCCESS);
      server.change(second, SUCCESS);
      expect(await Promise.all(ends)).toEqual([VM, VM]);
    });
  });

  it('fails everybody when it is closed', async () => {
    const end = expect(watcher.wait(server.start())).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
    await settle();
    await watcher.close();
    await end;
    await expect(watcher.wait(server.start())).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
  });
});
