import type { Scene } from './scene';
import { waitUntil } from './wait-until';

export function whenConsumersCompete(scene: () => Scene): void {
  it('gives each message to one of them, and each of them a share', async () => {
    const [first, second] = [await scene().connect('first'), await scene().connect('second')];
    await scene().declareWork(first);
    const received = [
      await scene().drain(first, scene().name('work')),
      await scene().drain(second, scene().name('work')),
    ] as const;
    const messages = Array.from({ length: 200 }, () => scene().message());
    await first.publish(messages);
    await waitUntil(() => received[0].length + received[1].length >= 200, 'all messages');
    expect(new Set([...received[0], ...received[1]].map((message) => message.id)).size).toBe(200);
    expect(Math.min(received[0].length, received[1].length)).toBeGreaterThan(20);
  });

  it('holds back what exceeds the prefetch until something is acked', async () => {
    const broker = await scene().connect();
    await scene().declareWork(broker);
    const deliveries = await scene().collect(broker, scene().name('work'), 3);
    const published = broker.publish(Array.from({ length: 8 }, () => scene().message()));
    await waitUntil(() => deliveries.length === 3, 'the first three');
    const other = await scene().connect('other');
    const rest = await scene().collect(other, scene().name('work'), 4);
    await waitUntil(() => rest.length === 4, 'four for the other consumer');
    expect(deliveries).toHaveLength(3);
    deliveries[0]!.ack();
    await waitUntil(() => deliveries.length === 4, 'the last one');
    for (const delivery of [...deliveries, ...rest]) delivery.ack();
    await published;
  });
}
