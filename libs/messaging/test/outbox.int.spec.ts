import type { Broker, OutgoingMessage } from '../src/broker';
import { connectBroker } from '../src/connect';
import { OutboxRelay } from '../src/outbox/outbox.relay';
import { addToOutbox, outboxMigrationSql } from '../src/outbox/outbox.repository';
import { Scene } from '../src/testing/scene';
import { waitUntil } from '../src/testing/wait-until';
import { cutConnection, TcpFaultProxy } from '../../../sims/faults/faults';
import { brokersUnderTest } from './brokers-under-test';
import { amqpUrl, removeTopology } from './rabbit-under-test';
import { ThrowAwayDatabase } from './throw-away-database';

jest.setTimeout(120_000);

let database: ThrowAwayDatabase;
beforeAll(async () => {
  database = await ThrowAwayDatabase.create();
});
afterAll(() => database.drop());

const brokers = brokersUnderTest('outbox');

let scene: Scene;
let broker: Broker;
const relays: OutboxRelay[] = [];

/** A relay that polls so seldom that only its nudge can be what wakes it. */
function relay(options: { pollMs?: number; batch?: number } = {}): OutboxRelay {
  const made = new OutboxRelay({
    dataSource: database.dataSource,
    broker,
    schema: 'room',
    log: scene.log,
    pollMs: 600_000,
    ...options,
  });
  relays.push(made);
  made.start();
  return made;
}

/** Rows that nobody has in hand: whoever wrote them is gone. */
async function add(messages: readonly OutgoingMessage[]): Promise<void> {
  const rows = await database.dataSource.transaction((manager) => addToOutbox(manager, 'room', messages));
  const seqs = rows.map((row) => row.seq);
  await database.dataSource.query('UPDATE room.outbox SET visible_at = now() WHERE seq = ANY($1)', [seqs]);
}

afterEach(async () => {
  await Promise.all(relays.splice(0).map((each) => each.stop()));
  await scene.end();
  await database.dataSource.query('TRUNCATE room.outbox');
});

describe.each(brokers)('the outbox before %s', (_name, tested) => {
  beforeEach(async () => {
    scene = new Scene(tested);
    broker = await scene.connect();
    await scene.declareWork(broker);
  });

  it('sends what was committed, unchanged and in order, and forgets it', async () => {
    const received = await scene.drain(broker, scene.name('work'));
    const messages = Array.from({ length: 50 }, (_, n) =>
      scene.message(`a.${n}`, {
        body: Buffer.from([n, 0, 255]),
        headers: { traceparent: 'x' },
        contentType: 'application/cloudevents+json',
      }),
    );
    await add(messages);
    relay();
    await waitUntil(() => received.length === 50, 'all messages');
    await waitUntil(async () => (await database.count('outbox')) === 0, 'an empty outbox');
    expect(received.map(({ id, routingKey, body }) => ({ id, routingKey, body: [...body] }))).toEqual(
      messages.map(({ id, routingKey, body }) => ({ id, routingKey, body: [...body] })),
    );
    expect(received[7]).toMatchObject({
      type: 'test.v1',
      contentType: 'application/cloudevents+json',
      userId: broker.userId,
    });
    expect(received[7]?.headers).toMatchObject({ traceparent: 'x' });
  });

  it('sends nothing of a transaction that was rolled back', async () => {
    const received = await scene.drain(broker, scene.name('work'));
    const kept = scene.message();
    await expect(
      database.dataSource.transaction(async (manager) => {
        await addToOutbox(manager, 'room', [scene.message()]);
        throw new Error('rolled back');
      }),
    ).rejects.toThrow('rolled back');
    await add([kept]);
    relay();
    await waitUntil(() => received.length > 0, 'the kept message');
    expect(received.map((message) => message.id)).toEqual([kept.id]);
  });

  it('sends at once after a nudge', async () => {
    const received = await scene.drain(broker, scene.name('work'));
    const idle = relay();
    await add([scene.message()]);
    idle.nudge();
    await waitUntil(() => received.length === 1, 'the message', 5_000);
  });

  it('finds by itself what nobody nudged for', async () => {
    const received = await scene.drain(broker, scene.name('work'));
    relay({ pollMs: 50 });
    await add([scene.message()]);
    await waitUntil(() => received.length === 1, 'the message', 5_000);
  });

  it('keeps a mandatory message that nobody wants until somebody does, and does not hold up the others', async () => {
    const received = await scene.drain(broker, scene.name('work'));
    const late = { name: scene.name('late'), bindings: [{ exchange: scene.name('other'), key: '#' }] };
    await scene.declare(broker, { exchanges: [{ name: scene.name('other') }], queues: [] });
    await add([scene.message('a', { exchange: scene.name('other'), mandatory: true }), scene.message()]);
    relay({ pollMs: 50 });
    await waitUntil(() => received.length === 1, 'the other message');
    await waitUntil(async () => (await outcomes()).includes('returned'), 'the returned message to be noted');
    await scene.declare(broker, { exchanges: [], queues: [late] });
    const found = await scene.drain(broker, late.name);
    await waitUntil(() => found.length > 0, 'the message');
    await waitUntil(async () => (await database.count('outbox')) === 0, 'an empty outbox');
  });

  it('keeps a message that the broker refuses, and sends the others', async () => {
    const received = await scene.drain(broker, scene.name('work'));
    await add([scene.message(), scene.message('a', { exchange: scene.name('nowhere') }), scene.message()]);
    relay({ pollMs: 50 });
    await waitUntil(() => new Set(received.map((message) => message.id)).size === 2, 'the good messages');
    await waitUntil(async () => (await outcomes()).includes('refused'), 'the refused message to be noted');
    await waitUntil(async () => (await database.count('outbox')) === 1, 'the good messages to be forgotten');
  });

  it('shares the work between relays', async () => {
    const received = await scene.drain(broker, scene.name('work'));
    await add(Array.from({ length: 500 }, () => scene.message()));
    relay({ batch: 10, pollMs: 50 });
    relay({ batch: 10, pollMs: 50 });
    await waitUntil(async () => (await database.count('outbox')) === 0, 'an empty outbox');
    await waitUntil(() => received.length >= 500, 'all messages');
    expect(new Set(received.map((message) => message.id)).size).toBe(500);
    expect(received).toHaveLength(500);
  });

  it('goes on when the database cut its connections', async () => {
    const received = await scene.drain(broker, scene.name('work'));
    relay({ pollMs: 50 });
    await add([scene.message()]);
    await waitUntil(() => received.length === 1, 'the first message');
    await database.dataSource.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    const after = scene.message();
    await waitUntil(
      () =>
        add([after]).then(
          () => true,
          () => false,
        ),
      'the database to take a message',
    );
    await waitUntil(() => received.some((message) => message.id === after.id), 'the message after the cut');
  });

  const outcomes = async (): Promise<(string | null)[]> => {
    const rows = await database.dataSource.query<{ last_outcome: string | null }[]>(
      'SELECT last_outcome FROM room.outbox',
    );
    return rows.map((row) => row.last_outcome);
  };
});

describe('the outbox before RabbitMQ that is cut off again and again', () => {
  let proxy: TcpFaultProxy;
  let reader: Broker;

  beforeEach(async () => {
    proxy = await TcpFaultProxy.listen({ target: amqpUrl() });
    scene = new Scene({ connect: (name, log) => connectBroker(proxy.url, { name, log }), remove: removeTopology });
    broker = await scene.connect();
    await scene.declareWork(broker);
    reader = await connectBroker(amqpUrl(), { name: 'reader', log: scene.log });
  });
  afterEach(async () => {
    await proxy.close();
    await reader.close();
  });

  it('loses none of 10 000 messages', async () => {
    const received = new Set<string>();
    await reader.consume({ queue: scene.name('work'), prefetch: 500 }, (delivery) => {
      received.add(delivery.message.id!);
      delivery.ack();
    });
    const messages = Array.from({ length: 10_000 }, () => scene.message());
    for (let at = 0; at < 10_000; at += 1_000) await add(messages.slice(at, at + 1_000));
    const cuts = proxy.add(cutConnection(100_000, 'request'), { times: 12 });
    relay({ pollMs: 50, batch: 500 });
    await waitUntil(async () => (await database.count('outbox')) === 0, 'an empty outbox', 60_000);
    await waitUntil(() => received.size === 10_000, 'every message');
    expect(cuts.hits).toBe(12);
  });
});

describe('the outbox before the in-process broker', () => {
  const tested = brokers[1]![1];

  beforeEach(async () => {
    scene = new Scene(tested);
    broker = await scene.connect();
    await scene.declareWork(broker);
  });

  it('keeps the row of a message that is still being handled, sends it once, and does not hold up the others', async () => {
    const handled: string[] = [];
    let finish: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (finish = resolve));
    const handle = async (message: { id: string; routingKey: string }): Promise<void> => {
      if (message.routingKey === 'slow') await gate;
      handled.push(message.id);
    };
    await scene.transport(broker, (transport) => {
      transport.addHandler('#', handle, true);
    });
    const slow = scene.message('slow');
    await add([slow]);
    relay({ pollMs: 20 });
    const attempts = async (): Promise<number> => {
      const [row] = await database.dataSource.query<{ attempts: number }[]>(
        'SELECT attempts FROM room.outbox WHERE id = $1',
        [slow.id],
      );
      return row?.attempts ?? -1;
    };
    await waitUntil(async () => (await attempts()) >= 2, 'the row to be tried again');
    const others = Array.from({ length: 20 }, () => scene.message('quick'));
    await add(others);
    await waitUntil(() => handled.length === 20, 'the others');
    finish();
    await waitUntil(async () => (await database.count('outbox')) === 0, 'an empty outbox');
    expect(handled.filter((id) => id === slow.id)).toHaveLength(1);
    expect(handled).toHaveLength(21);
  });

  it('hands over after a crash what no consumer had acked', async () => {
    const message = scene.message();
    await add([message]);
    relay({ pollMs: 20 });
    const first = await scene.collect(broker, scene.name('work'));
    await waitUntil(() => first.length === 1, 'the first delivery');
    await Promise.all(relays.splice(0).map((each) => each.stop()));
    // A restarted process has an empty broker of another name.
    const restarted = new Scene({
      ...tested,
      connect: (name, log) => connectBroker('inprocess://outbox-restarted', { name, log }),
    });
    broker = await restarted.connect();
    const work = { name: scene.name('work'), bindings: [{ exchange: scene.name('events'), key: '#' }] };
    await broker.assertTopology({ exchanges: [{ name: scene.name('events') }], queues: [work] });
    const again = await restarted.drain(broker, scene.name('work'));
    relay({ pollMs: 20 });
    await waitUntil(() => again.length === 1, 'the message again');
    expect(again[0]?.id).toBe(message.id);
    await restarted.end();
  });
});

describe('the outbox table', () => {
  beforeEach(() => {
    scene = new Scene(brokers[1]![1]);
  });

  it('can be made twice', async () => {
    for (const statement of outboxMigrationSql('room')) await database.dataSource.query(statement);
  });

  it('refuses a schema that is no plain name', () => {
    expect(() => outboxMigrationSql('room; DROP SCHEMA room')).toThrow(TypeError);
  });
});
