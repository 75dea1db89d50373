import { SimulatedClock } from '../clock';
import { FileLock } from './file.lock';

describe('a file lock', () => {
  const clock = new SimulatedClock(1);
  let lock: FileLock;

  beforeEach(() => {
    lock = new FileLock('/var/lock/qemu-server/lock-1.conf', clock);
  });

  afterAll(() => {
    clock.stop();
  });

  it('lets holders in one after the other, in the order of their coming', async () => {
    const seen: string[] = [];
    const job = (name: string) => async (): Promise<void> => {
      seen.push(`${name} in`);
      await clock.pause(2);
      seen.push(`${name} out`);
    };
    await Promise.all(['a', 'b', 'c'].map((name) => lock.hold(1_000, job(name))));
    expect(seen).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
  });

  it('gives up in time, and is free for others afterwards', async () => {
    const first = lock.hold(0, () => clock.pause(60));
    await expect(lock.hold(10, () => Promise.resolve())).rejects.toThrow(
      "can't lock file '/var/lock/qemu-server/lock-1.conf' - got timeout",
    );
    await first;
    expect(await lock.hold(0, () => Promise.resolve('in'))).toBe('in');
  });

  it('is not lost with somebody who was killed while waiting, or with a job that fails', async () => {
    const killed = new AbortController();
    const first = lock.hold(0, () => clock.pause(20).then(() => Promise.reject(new Error('failed'))));
    const second = lock.hold(1_000, () => Promise.resolve(), killed.signal);
    killed.abort(new Error('killed'));
    await expect(second).rejects.toThrow('killed');
    await expect(first).rejects.toThrow('failed');
    expect(await lock.hold(0, () => Promise.resolve('in'))).toBe('in');
  });
});
