import type { Scene } from './scene';
import { waitUntil } from './wait-until';

export function whenMatchingTopics(scene: () => Scene): void {
  it('gives a queue what its patterns match, once each', async () => {
    const broker = await scene().connect();
    const exchange = scene().name('events');
    const queueOf = (word: string, ...keys: string[]) => ({
      name: scene().name(word),
      bindings: keys.map((key) => ({ exchange, key })),
    });
    const queues = [
      queueOf('star', 'a.*'),
      queueOf('hash', 'a.#'),
      queueOf('middle', '#.z', 'a.#.z'),
      queueOf('exact', 'a.b'),
    ];
    await scene().declare(broker, { exchanges: [{ name: exchange }], queues });
    const received = await Promise.all(queues.map((queue) => scene().drain(broker, queue.name)));
    const keys = ['a', 'a.b', 'a.b.c', 'a.b.z', 'z', 'b.a'];
    await broker.publish(keys.map((key) => scene().message(key)));
    const expected = [['a.b'], ['a', 'a.b', 'a.b.c', 'a.b.z'], ['a.b.z', 'z'], ['a.b']];
    await waitUntil(
      () => received.every((messages, index) => messages.length >= (expected[index]?.length ?? 0)),
      'all messages',
    );
    expect(received.map((messages) => messages.map((message) => message.routingKey))).toEqual(expected);
  });
}
