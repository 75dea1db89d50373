import type { Scene } from './scene';
import { waitUntil } from './wait-until';

export function whenAQueueIsFull(scene: () => Scene): void {
  it('nacks what it cannot take, and takes it again later', async () => {
    const broker = await scene().connect();
    await scene().declareWork(broker, { maxLength: 2 });
    // RabbitMQ notices a full quorum queue a few messages late.
    const nacked = await waitForNack(broker.publish.bind(broker));
    const received = await scene().drain(broker, scene().name('work'));
    await waitUntil(() => received.length >= 2, 'the waiting messages');
    await waitUntil(async () => (await broker.publish([nacked]))[0] === 'confirmed', 'room in the queue');
  });

  async function waitForNack(publish: (messages: ReturnType<Scene['message']>[]) => Promise<string[]>) {
    let message = scene().message();
    await waitUntil(async () => {
      message = scene().message();
      return (await publish([message]))[0] === 'nacked';
    }, 'a nack');
    return message;
  }
}
