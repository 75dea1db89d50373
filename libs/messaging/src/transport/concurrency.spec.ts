import { setImmediate as turn } from 'node:timers/promises';
import { Doorbell } from '../doorbell';
import { pause } from '../pause';
import { Slot } from '../rabbit/slot';
import { Gate } from './gate';
import { OrderByKey } from './order-by-key';

describe('Gate', () => {
  it('lets at most so many run, in order, and goes on after a failure', async () => {
    const gate = new Gate(2);
    const order: number[] = [];
    let running = 0;
    let most = 0;
    const task = (n: number) => async (): Promise<void> => {
      most = Math.max(most, ++running);
      order.push(n);
      await turn();
      running -= 1;
      if (n === 1) throw new Error('one failed');
    };
    const results = await Promise.allSettled([0, 1, 2, 3, 4, 5].map((n) => gate.run(task(n))));
    expect(most).toBe(2);
    expect(order).toEqual([0, 1, 2, 3, 4, 5]);
    expect(results.filter((result) => result.status === 'rejected')).toHaveLength(1);
  });
});

describe('OrderByKey', () => {
  it('runs tasks of one key in order and those of others meanwhile, also after a failure', async () => {
    const order = new OrderByKey();
    const done: string[] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const first = order.run('a', async () => {
      await held;
      done.push('a1');
      throw new Error('a1 failed');
    });
    const second = order.run('a', () => Promise.resolve(done.push('a2')));
    await order.run('b', () => Promise.resolve(done.push('b1')));
    expect(done).toEqual(['b1']);
    release();
    await expect(first).rejects.toThrow('a1 failed');
    await second;
    expect(done).toEqual(['b1', 'a1', 'a2']);
  });
});

describe('Doorbell', () => {
  it('remembers a ring that nobody waited for, once', async () => {
    const bell = new Doorbell();
    bell.ring();
    bell.ring();
    await bell.wait(60_000);
    let isDone = false;
    const waiting = bell.wait(60_000).then(() => (isDone = true));
    await turn();
    expect(isDone).toBe(false);
    bell.ring();
    await waiting;
  });

  it('gives up waiting after its time', async () => {
    await new Doorbell().wait(1);
  });
});

describe('Slot', () => {
  it('wakes all who wait when it is filled', async () => {
    const slot = new Slot<{ n: number }>();
    const waiting = Promise.all([slot.when(), slot.when(60_000)]);
    slot.fill({ n: 1 });
    expect(await waiting).toEqual([{ n: 1 }, { n: 1 }]);
    slot.empty();
    expect(await slot.when(1)).toBeUndefined();
  });

  it('gives nothing any more once it is closed', async () => {
    const slot = new Slot<{ n: number }>();
    const waiting = slot.when();
    slot.close();
    slot.fill({ n: 1 });
    expect(await waiting).toBeUndefined();
    expect(await slot.when()).toBeUndefined();
  });
});

describe('pause', () => {
  it('ends early when a signal aborts, at once when it has', async () => {
    const controller = new AbortController();
    const paused = pause(60_000, undefined, controller.signal);
    controller.abort();
    await paused;
    await pause(60_000, controller.signal);
  });
});
