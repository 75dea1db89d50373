import type { Log } from './broker';
import { connectBroker } from './connect';

const log: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

describe('connectBroker', () => {
  it.each([
    ['inprocess://gateway@dcm', {}, 'gateway'],
    ['inprocess://dcm', {}, 'app'],
    ['inprocess://dcm', { userId: 'erp' }, 'erp'],
  ])('knows the user of %s with %p', async (url, options, userId) => {
    const broker = await connectBroker(url, { name: 'app', log, ...options });
    expect(broker).toMatchObject({ kind: 'in-process', name: 'app', userId });
    await broker.close();
  });

  it('gives each name a broker of its own, shared by all its connections', async () => {
    const [one, same, other] = await Promise.all(
      ['one', 'one', 'other'].map((name) => connectBroker(`inprocess://${name}`, { name: 'app', log })),
    );
    await one!.assertTopology({ exchanges: [], queues: [{ name: 'q', bindings: [] }] });
    await expect(same!.consume({ queue: 'q', prefetch: 1 }, () => undefined)).resolves.toBeDefined();
    await expect(other!.consume({ queue: 'q', prefetch: 1 }, () => undefined)).rejects.toMatchObject({
      code: 'INTERNAL',
    });
    await Promise.all([one, same, other].map((broker) => broker!.close()));
  });

  it.each(['http://user:opensesame@host', 'opensesame'])('refuses %s without telling it', async (url) => {
    const failure: unknown = await connectBroker(url, { name: 'app', log }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'INVALID_REQUEST' });
    expect((failure as Error).message).not.toContain('opensesame');
  });
});
