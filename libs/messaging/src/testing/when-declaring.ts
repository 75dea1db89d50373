import type { Scene } from './scene';
import { waitUntil } from './wait-until';

export function whenDeclaring(scene: () => Scene): void {
  it('changes nothing the second time', async () => {
    const broker = await scene().connect();
    await scene().declareWork(broker);
    await expect(scene().declareWork(broker)).resolves.toBeUndefined();
  });

  it('takes away what an earlier version bound', async () => {
    const broker = await scene().connect();
    const [name, exchange] = [scene().name('moved'), scene().name('before')];
    const former = [{ exchange, key: '#' }];
    const moved = { name, bindings: [{ exchange: scene().name('after'), key: '#' }] };
    const exchanges = [{ name: exchange }, { name: scene().name('after') }];
    await scene().declare(broker, { exchanges, queues: [{ name, bindings: former }] });
    for (let n = 0; n < 2; n += 1)
      await broker.assertTopology({ exchanges, queues: [{ ...moved, formerBindings: former }] });
    const received = await scene().drain(broker, name);
    await broker.publish([exchange, scene().name('after')].map((to) => ({ ...scene().message(), exchange: to })));
    await waitUntil(() => received.length > 0, 'the message');
    expect(received).toMatchObject([{ exchange: scene().name('after') }]);
  });

  it('says that something else of that name stands there, and goes on working', async () => {
    const broker = await scene().connect();
    await scene().declareWork(broker);
    const other = { name: scene().name('work'), bindings: [], maxLength: 7 };
    await expect(broker.assertTopology({ exchanges: [], queues: [other] })).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(broker.isReady()).toBe(true);
    const received = await scene().drain(broker, scene().name('work'));
    expect(await broker.publish([scene().message()])).toEqual(['confirmed']);
    await waitUntil(() => received.length === 1, 'the message');
  });
}
