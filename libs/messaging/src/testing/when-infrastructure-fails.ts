import { DcmError } from '@dcm/contracts';
import type { DcmMessage } from '../transport/dcm-message';
import type { Scene } from './scene';
import { waitUntil } from './wait-until';

export function whenInfrastructureFails(scene: () => Scene): void {
  it('keeps every message and handles it once the world is back, far beyond the delivery limit', async () => {
    const broker = await scene().connect();
    await scene().declareWork(broker);
    const attempts = new Map<string, number>();
    const handled: string[] = [];
    const failures = [
      () => Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }),
      () => Object.assign(new Error('query failed'), { driverError: { code: '57P01' } }),
      () => new DcmError('UNAVAILABLE', 'not yet'),
    ];
    const handle = (message: DcmMessage): Promise<void> => {
      const attempt = (attempts.get(message.id) ?? 0) + 1;
      attempts.set(message.id, attempt);
      if (attempt <= 25) return Promise.reject(failures[attempt % failures.length]!());
      handled.push(message.id);
      return Promise.resolve();
    };
    const dead = await scene().drain(broker, scene().name('dead'));
    await scene().transport(
      broker,
      (transport) => {
        transport.addHandler('#', handle, true);
      },
      { retry: { firstDelayMs: 1, maxDelayMs: 2 } },
    );
    const messages = Array.from({ length: 20 }, () => scene().message());
    await broker.publish(messages);
    await waitUntil(() => handled.length >= 20, 'all messages handled');
    expect(handled.sort()).toEqual(messages.map((message) => message.id).sort());
    expect([...attempts.values()]).toEqual(messages.map(() => 26));
    expect(dead).toEqual([]);
  });
}
