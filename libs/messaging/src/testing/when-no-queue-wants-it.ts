import { exchanges } from '@dcm/contracts';
import { readDeadLetter } from '../dead-letter';
import type { Scene } from './scene';
import { waitUntil } from './wait-until';

export function whenNoQueueWantsIt(scene: () => Scene): void {
  it('returns a mandatory message and confirms any other', async () => {
    const broker = await scene().connect();
    const exchange = scene().name('lonely');
    await scene().declare(broker, { exchanges: [{ name: exchange }], queues: [] });
    const mandatory = scene().message('a', { exchange, mandatory: true });
    expect(await broker.publish([mandatory, scene().message('a', { exchange }), mandatory])).toEqual([
      'returned',
      'confirmed',
      'returned',
    ]);
  });

  it('refuses a message to an exchange that is not there, and only that one', async () => {
    const broker = await scene().connect();
    await scene().declareWork(broker);
    const received = await scene().drain(broker, scene().name('work'));
    const astray = scene().message('a', { exchange: scene().name('nowhere') });
    const outcomes = await broker.publish([scene().message(), astray, scene().message()]);
    expect(outcomes).toEqual(['confirmed', 'refused', 'confirmed']);
    expect(await broker.publish([scene().message()])).toEqual(['confirmed']);
    await waitUntil(() => new Set(received.map((message) => message.id)).size === 3, 'the good messages');
  });

  it('gives it to the alternate exchange, where it tells that it was unroutable', async () => {
    const broker = await scene().connect();
    await scene().declareWork(broker);
    const requests = scene().name('requests');
    await scene().declare(broker, { exchanges: [{ name: requests, alternate: exchanges.dead }], queues: [] });
    const routingKey = scene().name('unknown');
    const letter = scene().deadLetter(broker);
    expect(await broker.publish([scene().message(routingKey, { exchange: requests, mandatory: true })])).toEqual([
      'confirmed',
    ]);
    const facts = readDeadLetter(await letter);
    expect(facts).toMatchObject({
      reason: 'UNROUTABLE',
      exchange: requests,
      routingKey,
      queue: null,
      publisher: broker.userId,
    });
  });
}
