import type { Scene } from './scene';
import { waitUntil } from './wait-until';

export function whenAStrangerAsksForAReply(scene: () => Scene): void {
  it('handles the message and sends nothing to a queue that the sender named', async () => {
    const broker = await scene().connect();
    await scene().declareWork(broker);
    const victim = { name: scene().name('victim'), bindings: [] };
    await scene().declare(broker, { exchanges: [], queues: [victim] });
    const stolen = await scene().drain(broker, victim.name);
    let handled = 0;
    const handle = (): Promise<string> => Promise.resolve(`answer ${++handled}`);
    await scene().transport(broker, (transport) => {
      transport.addHandler('#', handle);
    });
    await broker.publish([scene().message('a', { replyTo: victim.name, correlationId: '1' })]);
    await waitUntil(
      () => scene().lines.some((line) => line.level === 'warn' && 'replyTo' in line.details),
      'the warning',
    );
    const marker = scene().message('', { exchange: '', routingKey: victim.name });
    await broker.publish([marker]);
    await waitUntil(() => stolen.length > 0, 'the marker');
    expect(stolen.map((message) => message.id)).toEqual([marker.id]);
    expect(handled).toBe(1);
  });
}
