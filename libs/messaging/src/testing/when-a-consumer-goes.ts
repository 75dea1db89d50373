import { readDeadLetter } from '../dead-letter';
import type { Scene } from './scene';
import { waitUntil } from './wait-until';

export function whenAConsumerGoes(scene: () => Scene): void {
  it('delivers again what it did not ack, marked, and tells it that the delivery is lost', async () => {
    const [first, second] = [await scene().connect('first'), await scene().connect('second')];
    await scene().declareWork(first);
    const held: string[] = [];
    let lost: AbortSignal | undefined;
    const consumer = await first.consume({ queue: scene().name('work'), prefetch: 10 }, (delivery) => {
      held.push(delivery.message.id!);
      lost = delivery.lost;
    });
    const messages = [scene().message(), scene().message()];
    const published = first.publish(messages);
    await waitUntil(() => held.length === 2, 'both deliveries');
    expect(lost?.aborted).toBe(false);
    await consumer.close();
    expect(lost?.aborted).toBe(true);
    const again = await scene().drain(second, scene().name('work'));
    await waitUntil(() => again.length === 2, 'both again');
    expect(again.map((message) => [message.id, message.redelivered])).toEqual(
      messages.map((message) => [message.id, true]),
    );
    await published;
  });

  it('takes nothing more after stop, and can still ack what it has', async () => {
    const [first, second] = [await scene().connect('first'), await scene().connect('second')];
    await scene().declareWork(first);
    const acks: (() => void)[] = [];
    const consumer = await first.consume({ queue: scene().name('work'), prefetch: 10 }, (delivery) =>
      acks.push(() => {
        delivery.ack();
      }),
    );
    const one = first.publish([scene().message()]);
    await waitUntil(() => acks.length === 1, 'the first delivery');
    await consumer.stop();
    const rest = await scene().drain(second, scene().name('work'));
    const later = scene().message();
    await first.publish([later]);
    await waitUntil(() => rest.length === 1, 'the second message at the other consumer');
    acks[0]!();
    await consumer.close();
    await first.publish([scene().message()]);
    await waitUntil(() => rest.length === 2, 'the third message');
    expect(rest.every((message) => !message.redelivered)).toBe(true);
    expect(acks).toHaveLength(1);
    await one;
  });

  it('gives up after too many deliveries and says so, whatever its sender forged', async () => {
    const broker = await scene().connect();
    await scene().declareWork(broker);
    const letter = scene().deadLetter(broker);
    let deliveries = 0;
    await broker.consume({ queue: scene().name('work'), prefetch: 1 }, (delivery) => {
      deliveries += 1;
      delivery.requeue();
    });
    const forged = { 'x-dcm-publisher': 'somebody-else', 'x-dcm-reason': 'INTERNAL' };
    const message = scene().message('a.b', { headers: forged, body: Buffer.from('{"a":1}') });
    await broker.publish([message]);
    const facts = readDeadLetter(await letter);
    expect(facts).toMatchObject({
      reason: 'DELIVERY_LIMIT',
      queue: scene().name('work'),
      publisher: broker.userId,
      error: null,
    });
    expect(facts).toMatchObject({
      exchange: message.exchange,
      routingKey: 'a.b',
      messageId: message.id,
      type: 'test.v1',
    });
    expect(facts.body.toString()).toBe('{"a":1}');
    expect(deliveries).toBe(21);
  });
}
