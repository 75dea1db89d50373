import type { Scene } from './scene';
import { waitUntil } from './wait-until';

export function whenPublishing(scene: () => Scene): void {
  it('confirms a message once it is safe, and delivers it as it was', async () => {
    const broker = await scene().connect('sender');
    await scene().declareWork(broker);
    const received = await scene().drain(broker, scene().name('work'));
    const body = Buffer.from([0, 1, 2, 255]);
    const message = scene().message('x.y', {
      body,
      contentType: 'application/octet-stream',
      headers: { 'x-trace': 'abc' },
    });

    await waitUntil(async () => (await broker.publish([message]))[0] === 'confirmed', 'the confirm');
    await waitUntil(() => received.length > 0, 'the message');
    expect(received[0]).toMatchObject({
      id: message.id,
      exchange: message.exchange,
      routingKey: 'x.y',
      type: 'test.v1',
    });
    expect(received[0]).toMatchObject({
      contentType: 'application/octet-stream',
      appId: broker.name,
      redelivered: false,
    });
    expect(received[0]?.headers).toMatchObject({ 'x-trace': 'abc' });
    expect(received[0]?.body.equals(body)).toBe(true);
    expect(Date.parse(received[0]?.sentAt ?? '')).toBeGreaterThan(Date.now() - 60_000);
  });

  it("states the connection's user as publisher", async () => {
    const broker = await scene().connect('sender');
    await scene().declareWork(broker);
    const received = await scene().drain(broker, scene().name('work'));
    await broker.publish([scene().message()]);
    await waitUntil(() => received.length === 1, 'the message');
    expect(broker.userId).not.toBe('');
    expect(received[0]?.userId).toBe(broker.userId);
  });

  it('confirms a thousand messages in one go and keeps their order', async () => {
    const broker = await scene().connect();
    await scene().declareWork(broker);
    const received = await scene().drain(broker, scene().name('work'));
    const messages = Array.from({ length: 1_000 }, () => scene().message());
    const isConfirmed = async (): Promise<boolean> =>
      (await broker.publish(messages)).every((outcome) => outcome === 'confirmed');
    await waitUntil(isConfirmed, 'the confirms');
    await waitUntil(() => received.length === 1_000, 'all messages');
    expect(received.map((message) => message.id)).toEqual(messages.map((message) => message.id));
  });

  it('refuses to publish once it is closed', async () => {
    const broker = await scene().connect();
    await broker.close();
    await expect(broker.publish([scene().message()])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(broker.isReady()).toBe(false);
  });
}
