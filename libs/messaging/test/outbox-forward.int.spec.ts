import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker, OutgoingMessage } from '../src/broker';
import { OutboxRelay, type OutboxRelayOptions } from '../src/outbox/outbox.relay';
import { addToOutbox, holdMs, type OutboxRow } from '../src/outbox/outbox.repository';
import { Scene } from '../src/testing/scene';
import { waitUntil } from '../src/testing/wait-until';
import { brokersUnderTest } from './brokers-under-test';
import { ThrowAwayDatabase } from './throw-away-database';

jest.setTimeout(60_000);

let database: ThrowAwayDatabase;
beforeAll(async () => {
  database = await ThrowAwayDatabase.create();
});
afterAll(() => database.drop());

const brokers = brokersUnderTest('forward');

let scene: Scene;
let broker: Broker;
const relays: OutboxRelay[] = [];

function relay(options: Partial<Pick<OutboxRelayOptions, 'pollMs' | 'portion'>> = {}): OutboxRelay {
  const { dataSource } = database;
  const made = new OutboxRelay({ dataSource, broker, schema: 'room', log: scene.log, pollMs: 600_000, ...options });
  relays.push(made);
  made.start();
  return made;
}

/** Rows that their writer has in hand. */
const write = (messages: readonly OutgoingMessage[]): Promise<OutboxRow[]> =>
  database.dataSource.transaction((manager) => addToOutbox(manager, 'room', messages));

async function outcome(id: string): Promise<string | null | undefined> {
  const sql = 'SELECT last_outcome FROM room.outbox WHERE id = $1';
  const rows = await database.dataSource.query<{ last_outcome: string | null }[]>(sql, [id]);
  return rows[0]?.last_outcome;
}

afterEach(async () => {
  await Promise.all(relays.splice(0).map((each) => each.stop()));
  await scene.end();
  await database.dataSource.query('TRUNCATE room.outbox');
});

describe.each(brokers)('the outbox before %s, of what is forwarded,', (_name, tested) => {
  beforeEach(async () => {
    scene = new Scene(tested);
    broker = await scene.connect();
    await scene.declareWork(broker);
  });

  it('sends at once what is forwarded, in order, and what nobody forwards only when its writer has had it in hand for too long', async () => {
    const received = await scene.drain(broker, scene.name('work'));
    const made = relay({ pollMs: 50 });
    const forgotten = scene.message('a.forgotten');
    await write([forgotten]);
    const messages = Array.from({ length: 20 }, (_, n) =>
      scene.message(`a.${n}`, { headers: { traceparent: `${n}` } }),
    );
    made.forward(await write(messages.slice(0, 10)));
    made.forward(await write(messages.slice(10)));
    await waitUntil(() => received.length === 20, 'what was forwarded', 1_500);
    expect(received.map(({ id, headers }) => [id, headers['traceparent']])).toEqual(
      messages.map(({ id }, n) => [id, `${n}`]),
    );
    await waitUntil(() => received.length === 21, 'what was not', 5_000);
    expect(received[20]?.id).toBe(forgotten.id);
    await waitUntil(async () => (await database.count('outbox')) === 0, 'an empty outbox');
    expect(received).toHaveLength(21);
  });

  it('keeps what is forwarded and returned, as what it finds itself', async () => {
    const received = await scene.drain(broker, scene.name('work'));
    const made = relay({ pollMs: 50 });
    await scene.declare(broker, { exchanges: [{ name: scene.name('other') }], queues: [] });
    const unwanted = scene.message('a', { exchange: scene.name('other'), mandatory: true });
    made.forward(await write([unwanted, scene.message()]));
    await waitUntil(() => received.length === 1, 'the other message', 1_500);
    await waitUntil(async () => (await outcome(unwanted.id)) === 'returned', 'the returned message to be noted');
    await waitUntil(async () => (await database.count('outbox')) === 1, 'the other message to be forgotten');
  });

  it('lets nothing pass what was forwarded while the broker was away', async () => {
    const received = await scene.drain(broker, scene.name('work'));
    const isUp = { value: false };
    broker = Object.assign(Object.create(broker) as Broker, { canPublish: () => isUp.value });
    const made = relay({ pollMs: 50 });
    const messages = Array.from({ length: 4 }, () => scene.message());
    made.forward(await write(messages.slice(0, 2)));
    made.forward(await write(messages.slice(2, 3)));
    isUp.value = true;
    made.forward(await write(messages.slice(3)));
    await waitUntil(() => received.length === 4, 'all of them', 1_500);
    expect(received.map(({ id }) => id)).toEqual(messages.map(({ id }) => id));
    const after = scene.message();
    await waitUntil(async () => (await database.count('outbox')) === 0, 'an empty outbox');
    made.forward(await write([after]));
    await waitUntil(() => received.at(-1)?.id === after.id, 'what came after that', 1_500);
  });

  it('keeps the order, and sends each once, when it hands on less than comes', async () => {
    const received = await scene.drain(broker, scene.name('work'));
    const waited: number[] = [];
    const made = relay({
      portion: (waiting) => {
        waited.push(waiting);
        return { batch: 5, restMs: 100 };
      },
    });
    const messages = Array.from({ length: 200 }, () => scene.message());
    for (const message of messages) {
      made.forward(await write([message]));
      await sleep(10);
    }
    await waitUntil(async () => (await database.count('outbox')) === 0, 'an empty outbox');
    expect(received.map(({ id }) => id)).toEqual(messages.map(({ id }) => id));
    expect(waited.some((waiting) => waiting > 10 && waiting < messages.length)).toBe(true);
  });

  it('publishes what was forwarded before it stops', async () => {
    const received = await scene.drain(broker, scene.name('work'));
    const made = relay();
    made.forward(await write([scene.message()]));
    await made.stop();
    await waitUntil(() => received.length === 1, 'the message', 1_500);
    expect(await database.count('outbox')).toBe(0);
  });

  it('lets no other relay take what a slow broker has not confirmed yet', async () => {
    const received = await scene.drain(broker, scene.name('work'));
    let published = 0;
    const slow: Broker = Object.assign(Object.create(broker) as Broker, {
      publish: async (messages: readonly OutgoingMessage[]) => {
        published += messages.length;
        await sleep(1.5 * holdMs);
        return broker.publish(messages);
      },
    });
    const rows = await write([scene.message(), scene.message()]);
    const plain = broker;
    broker = slow;
    relay().forward(rows);
    await waitUntil(() => published === 2, 'the slow relay to begin');
    broker = plain;
    relay({ pollMs: 20 });
    await waitUntil(async () => (await database.count('outbox')) === 0, 'an empty outbox');
    expect(received).toHaveLength(2);
    expect(published).toBe(2);
  });
});
