import { DcmError } from '@dcm/contracts';
import { connect } from 'amqplib';
import type { Broker } from '../src/broker';
import { connectBroker } from '../src/connect';
import { publishAll } from '../src/publish-all';
import { rpc } from '../src/rpc';
import { Scene } from '../src/testing/scene';
import { waitUntil } from '../src/testing/wait-until';
import { TcpFaultProxy } from '../../../sims/faults/faults';
import { forcedClose } from './forced-close';
import { amqpUrl, removeTopology } from './rabbit-under-test';

jest.setTimeout(60_000);

describe('RabbitMQ, lost and found', () => {
  let proxy: TcpFaultProxy;
  let scene: Scene;

  beforeEach(async () => {
    proxy = await TcpFaultProxy.listen({ target: amqpUrl() });
    scene = new Scene({
      connect: (name, log) => connectBroker(proxy.url, { name, log, confirmTimeoutMs: 2_000 }),
      remove: removeTopology,
    });
  });

  afterEach(async () => {
    await scene.end();
    await proxy.close();
  });

  const losses: [string, () => void][] = [
    [
      'the connection breaks',
      () => {
        proxy.cut();
      },
    ],
    [
      'the broker closes it',
      () => {
        proxy.inject(forcedClose());
      },
    ],
  ];

  it.each(losses)('consumes again after %s, and gets again what it had not acked', async (_what, lose) => {
    const broker = await scene.connect();
    await scene.declareWork(broker);
    const deliveries = await scene.collect(broker, scene.name('work'));
    const first = scene.message();
    await publishAll(broker, [first]);
    await waitUntil(() => deliveries.length === 1, 'the first delivery');
    lose();
    await waitUntil(() => deliveries[0]!.lost.aborted, 'the delivery to be lost');
    await waitUntil(() => deliveries.length === 2, 'the delivery again');
    expect(deliveries[1]!.message).toMatchObject({ id: first.id, redelivered: true });
    deliveries[0]!.ack();
    deliveries[1]!.ack();
    await broker.ready();
    const second = scene.message();
    await publishAll(broker, [second]);
    await waitUntil(() => deliveries.length === 3, 'a new message');
    expect(deliveries[2]!.message).toMatchObject({ id: second.id, redelivered: false });
  });

  it('says unconfirmed while the broker is away, and publishes once it is back', async () => {
    const broker = await scene.connect();
    await scene.declareWork(broker);
    const received = await scene.drain(broker, scene.name('work'));
    proxy.shutOut();
    await waitUntil(() => !broker.isReady(), 'the loss to be seen');
    const message = scene.message();
    expect(await broker.publish([message])).toEqual(['unconfirmed']);
    await expect(publishAll(broker, [message], { timeoutMs: 100 })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const published = publishAll(broker, [message]);
    proxy.clear();
    await published;
    await waitUntil(() => received.length > 0, 'the message');
    expect(received[0]!.id).toBe(message.id);
  });

  it('loses nothing that publishAll promised while connections break again and again', async () => {
    const broker = await scene.connect();
    await scene.declareWork(broker);
    const received = await scene.drain(broker, scene.name('work'));
    const messages = Array.from({ length: 2_000 }, () => scene.message());
    let left = 20;
    const cutting = setInterval(() => {
      if (left-- % 2 === 0) proxy.cut();
      else proxy.inject(forcedClose());
      if (left === 0) clearInterval(cutting);
    }, 50);
    for (let at = 0; at < messages.length; at += 100) await publishAll(broker, messages.slice(at, at + 100));
    clearInterval(cutting);
    await waitUntil(() => new Set(received.map((message) => message.id)).size === messages.length, 'all messages');
  });

  it('fails calls under way at once', async () => {
    const broker = await scene.connect();
    await scene.declareCalls(broker);
    const asked = await scene.collect(broker, scene.name('work'));
    const call = { exchange: scene.name('events'), routingKey: 'a.b', type: 'test.v1', data: {}, timeoutMs: 50_000 };
    const answer = rpc(broker, call).catch((error: unknown) => error);
    await waitUntil(() => asked.length === 1, 'the call');
    proxy.cut();
    const failure = await answer;
    expect(failure).toBeInstanceOf(DcmError);
    expect(failure).toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('declares exchanges and queues again when the broker lost them', async () => {
    const broker = await scene.connect();
    await scene.declareWork(broker);
    const received = await scene.drain(broker, scene.name('work'));
    proxy.shutOut();
    await removeTopology({
      exchanges: [{ name: scene.name('events') }],
      queues: [{ name: scene.name('work'), bindings: [] }],
    });
    proxy.clear();
    await publishAll(broker, [scene.message('a', { mandatory: true })]);
    await waitUntil(() => received.length === 1, 'the message');
  });

  it('consumes again when its queue was deleted and declared again', async () => {
    const broker = await scene.connect();
    await scene.declareWork(broker);
    const received = await scene.drain(broker, scene.name('work'));
    await removeTopology({ exchanges: [], queues: [{ name: scene.name('work'), bindings: [] }] });
    await waitUntil(() => !broker.isReady(), 'the consumer to be gone');
    await scene.declareWork(broker);
    await publishAll(broker, [scene.message('a', { mandatory: true })]);
    await waitUntil(() => received.length === 1, 'the message');
    expect(broker.isReady()).toBe(true);
  });

  it('starts while the broker is away', async () => {
    proxy.shutOut();
    const broker = await connectBroker(proxy.url, { name: 'early', log: scene.log });
    expect(broker.isReady()).toBe(false);
    const declared = broker.assertTopology({ exchanges: [], queues: [{ name: scene.name('work'), bindings: [] }] });
    await waitUntil(() => scene.lines.some((line) => line.level === 'warn'), 'a failed attempt');
    proxy.clear();
    await declared;
    await broker.ready();
    expect(broker.isReady()).toBe(true);
    await broker.close();
    await removeTopology({ exchanges: [], queues: [{ name: scene.name('work'), bindings: [] }] });
  });

  it('closes while the broker is away', async () => {
    const broker = await scene.connect();
    await scene.declareWork(broker);
    await scene.collect(broker, scene.name('work'));
    proxy.shutOut();
    await broker.close();
    await expect(broker.ready()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('never logs the password', async () => {
    const url = new URL(amqpUrl());
    url.password = 'opensesame';
    const broker = await connectBroker(url.toString(), { name: 'burglar', log: scene.log });
    await waitUntil(() => scene.lines.length >= 2, 'two failed attempts');
    await broker.close();
    const texts = scene.lines.map(({ details, message }) => JSON.stringify(details) + message + errorTextOf(details));
    expect(texts.join('\n')).not.toContain('opensesame');
  });
});

const errorTextOf = (details: object): string =>
  'err' in details && details.err instanceof Error ? (details.err.stack ?? '') : '';

describe('RabbitMQ and those who publish there', () => {
  let scene: Scene;
  let broker: Broker;

  beforeEach(async () => {
    scene = new Scene({ connect: (name, log) => connectBroker(amqpUrl(), { name, log }), remove: removeTopology });
    broker = await scene.connect();
    await scene.declareWork(broker);
  });
  afterEach(() => scene.end());

  it('shows a message without user_id as one of nobody', async () => {
    const received = await scene.drain(broker, scene.name('work'));
    const model = await connect(amqpUrl());
    const channel = await model.createConfirmChannel();
    channel.publish(scene.name('events'), 'a', Buffer.from('{}'), { messageId: 'm1', timestamp: 1e15 });
    await channel.waitForConfirms();
    await model.close();
    await waitUntil(() => received.length === 1, 'the message');
    expect(received[0]).toMatchObject({
      id: 'm1',
      userId: undefined,
      type: undefined,
      contentType: undefined,
      sentAt: undefined,
    });
  });

  it('refuses a connection that pretends to be another user, message by message', async () => {
    const forger = await connectBroker(amqpUrl(), { name: 'forger', userId: 'somebody-else', log: scene.log });
    const outcomes = await forger.publish([scene.message(), scene.message()]);
    await forger.close();
    expect(outcomes).toEqual(['refused', 'refused']);
  });

  it('refuses what AMQP cannot carry and publishes the rest', async () => {
    const outcomes = await broker.publish([scene.message('x'.repeat(300)), scene.message()]);
    expect(outcomes).toEqual(['refused', 'confirmed']);
  });
});
