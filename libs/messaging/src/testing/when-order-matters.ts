import { DcmError } from '@dcm/contracts';
import type { DcmMessage } from '../transport/dcm-message';
import type { Scene } from './scene';
import { waitUntil } from './wait-until';

interface Fact {
  readonly operation: number;
  readonly n: number;
}

export function whenOrderMatters(scene: () => Scene): void {
  it('handles the messages of one key in order, through retries, while other keys go on', async () => {
    const broker = await scene().connect();
    await scene().declareWork(broker);
    const handled: Fact[] = [];
    let running = 0;
    let mostRunning = 0;
    let failuresLeft = 3;
    const handle = async (message: DcmMessage<Fact>): Promise<void> => {
      const fact = message.data;
      mostRunning = Math.max(mostRunning, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      if (fact.operation === 1 && fact.n === 0 && failuresLeft-- > 0) throw new DcmError('UNAVAILABLE', 'later');
      handled.push(fact);
    };
    const orderBy = (message: DcmMessage): string => String((message.data as Fact).operation);
    await scene().transport(
      broker,
      (transport) => {
        transport.addHandler('#', handle, true);
      },
      {
        queues: [{ name: scene().name('work'), prefetch: 16, orderBy }],
      },
    );
    const facts = Array.from({ length: 120 }, (_, index) => ({ operation: index % 4, n: Math.floor(index / 4) }));
    await broker.publish(facts.map((fact) => scene().message('a', { body: Buffer.from(JSON.stringify(fact)) })));
    await waitUntil(() => handled.length >= 120, 'all facts');
    for (const operation of [0, 1, 2, 3]) {
      const order = handled.filter((fact) => fact.operation === operation).map((fact) => fact.n);
      expect(order).toEqual(Array.from({ length: 30 }, (_, n) => n));
    }
    expect(mostRunning).toBeGreaterThan(1);
    expect(mostRunning).toBeLessThanOrEqual(16);
  });
}
