import type { Scene } from './scene';
import { waitUntil } from './wait-until';

export function whenDeclaring(scene: () => Scene): void {
  it('changes nothing the second time', async () => {
    const broker = await scene().connect();
    await scene().declareWork(broker);
    await expect(scene().declareWork(broker)).resolves.toBeUndefined();
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
