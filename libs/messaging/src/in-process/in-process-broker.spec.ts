import { exchanges, queues } from '@dcm/contracts';
import type { Broker } from '../broker';
import { connectBroker } from '../connect';
import { publishAll } from '../publish-all';
import { describeBrokerContract } from '../testing/broker-contract';
import { Scene, type BrokerUnderTest } from '../testing/scene';
import { waitUntil } from '../testing/wait-until';
import { dcmTopology } from '../topology';

const tested: BrokerUnderTest = {
  connect: (name, log) => connectBroker('inprocess://tester@contract', { name, log, confirmTimeoutMs: 20 }),
  remove: () => Promise.resolve(),
};

describeBrokerContract('the in-process broker', tested);

describe('the in-process broker, where a confirm means handled', () => {
  let scene: Scene;
  let broker: Broker;

  beforeEach(async () => {
    scene = new Scene(tested);
    broker = await scene.connect();
    await scene.declareWork(broker);
  });
  afterEach(() => scene.end());

  it('confirms only once the consumer acked, and delivers one copy however often it is published', async () => {
    const deliveries = await scene.collect(broker, scene.name('work'));
    const message = scene.message();
    expect(await broker.publish([message])).toEqual(['unconfirmed']);
    expect(await broker.publish([message, message])).toEqual(['unconfirmed', 'unconfirmed']);
    deliveries[0]!.ack();
    expect(await broker.publish([message])).toEqual(['confirmed']);
    await publishAll(broker, [scene.message()], { timeoutMs: 1 }).catch(() => undefined);
    await waitUntil(() => deliveries.length === 2, 'the next message');
    expect(deliveries[1]!.message.id).not.toBe(message.id);
  });

  it('keeps a message while nobody consumes, and a confirm until its publisher asks', async () => {
    const message = scene.message();
    expect(await broker.publish([message])).toEqual(['unconfirmed']);
    const received = await scene.drain(broker, scene.name('work'));
    await waitUntil(() => received.length === 1, 'the message');
    expect(await broker.publish([message])).toEqual(['confirmed']);
    expect(received).toHaveLength(1);
    expect(await broker.publish([message])).toEqual(['confirmed']);
    expect(received).toHaveLength(2);
  });

  it('confirms once every queue has handled it, and tells no queue twice', async () => {
    const second = { name: scene.name('second'), bindings: [{ exchange: scene.name('events'), key: '#' }] };
    await scene.declare(broker, { exchanges: [], queues: [second] });
    const quick = await scene.drain(broker, scene.name('work'));
    const slow = await scene.collect(broker, second.name);
    const message = scene.message();
    expect(await broker.publish([message])).toEqual(['unconfirmed']);
    expect(await broker.publish([message])).toEqual(['unconfirmed']);
    slow[0]!.ack();
    expect(await broker.publish([message])).toEqual(['confirmed']);
    expect([quick.length, slow.length]).toEqual([1, 1]);
  });

  it('tells apart two messages that bear the same id', async () => {
    const id = scene.name('same');
    const [one, other] = [scene.message('a', { id }), scene.message('a', { id, body: Buffer.from('[]') })];
    await broker.publish([one, other]);
    const received = await scene.drain(broker, scene.name('work'));
    await waitUntil(() => received.length === 2, 'both');
  });

  it('gives each consumer a message of its own', async () => {
    const message = scene.message('a', { body: Buffer.from('{"a":1}') });
    const deliveries = await scene.collect(broker, scene.name('work'));
    await broker.publish([message]);
    message.body.fill(0);
    deliveries[0]!.message.body.fill(1);
    deliveries[0]!.requeue();
    await waitUntil(() => deliveries.length === 2, 'the message again');
    expect(deliveries[1]!.message.body.toString()).toBe('{"a":1}');
  });
});

describe('dead letters', () => {
  let scene: Scene;
  let broker: Broker;

  beforeEach(async () => {
    scene = new Scene({
      connect: (name, log) => connectBroker(`inprocess://${scene.prefix}`, { name, log }),
      remove: () => Promise.resolve(),
    });
    broker = await scene.connect();
  });
  afterEach(() => scene.end());

  it('are kept where they died until they can be filed', async () => {
    const work = { name: scene.name('work'), bindings: [{ exchange: scene.name('events'), key: '#' }] };
    await broker.assertTopology({
      exchanges: [{ name: exchanges.dead }, { name: scene.name('events') }],
      queues: [work],
    });
    await scene.transport(broker, (transport) => {
      transport.addHandler('#', () => Promise.resolve(), true);
    });
    const message = scene.message('a', { body: Buffer.from('garbage') });
    expect(await broker.publish([message])).toEqual(['unconfirmed']);
    await waitUntil(
      () => scene.lines.some(({ details }) => 'outcome' in details && details.outcome === 'returned'),
      'a vain attempt',
    );
    await broker.assertTopology(dcmTopology());
    const letters = await scene.drain(broker, queues.dead);
    await waitUntil(() => letters.length === 1, 'the dead letter');
    await publishAll(broker, [message]);
    expect(letters).toHaveLength(1);
  });

  it('are tried until they are filed, however the filing fails', async () => {
    await broker.assertTopology(dcmTopology());
    let attempts = 0;
    const file = (): Promise<void> => (++attempts < 30 ? Promise.reject(new TypeError('a defect')) : Promise.resolve());
    await scene.transport(
      broker,
      (transport) => {
        transport.addHandler('#', file, true, { queue: queues.dead, raw: true });
      },
      { queues: [queues.dead], retry: { firstDelayMs: 1, maxDelayMs: 1 } },
    );
    await publishAll(broker, [scene.message('a', { exchange: exchanges.dead })]);
    expect(attempts).toBe(30);
  });
});
