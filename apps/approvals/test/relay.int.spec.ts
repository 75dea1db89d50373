import { changedSchema, eventKey, exchanges, journalPageSchema, queues, type TenantId } from '@dcm/contracts';
import { connectBroker, dcmTopology, type Broker, type OutgoingMessage, type PublishOutcome } from '@dcm/messaging';
import { waitUntil } from '@dcm/messaging/testing';
import { createLog, newId } from '@dcm/runtime';
import { transact } from '../src/database/transaction.repository';
import { JournalRelay } from '../src/journal/journal.relay';
import { JournalRepository } from '../src/journal/journal.repository';
import { PositionRepository } from '../src/journal/position.repository';
import { createTestDatabase, type TestDatabase } from './test-database';

const log = createLog('test', 'silent');
const journal = new JournalRepository();

interface Seen {
  readonly messageId: string | undefined;
  readonly key: string;
  readonly position: number;
  readonly name: unknown;
}

jest.setTimeout(60_000);

describe('the journal relay', () => {
  let database: TestDatabase;
  let broker: Broker;
  let seen: Seen[];
  let pages: { readonly id: string; readonly positions: readonly number[] }[];

  beforeAll(async () => {
    database = await createTestDatabase(20);
  });
  afterAll(() => database.drop());
  beforeEach(async () => {
    broker = await connectBroker(`inprocess://dcm@relay-${newId()}`, { name: 'approvals', log });
    await broker.assertTopology(dcmTopology());
    const listener = { name: 'listener', bindings: [{ exchange: exchanges.events, key: '#' }] };
    await broker.assertTopology({ exchanges: [], queues: [listener] });
    [seen, pages] = [[], []];
    await broker.consume({ queue: queues.projection, prefetch: 1 }, ({ message, ack }) => {
      const { data } = JSON.parse(message.body.toString()) as { data: unknown };
      const { rows } = journalPageSchema.parse(data);
      pages.push({ id: message.id ?? '', positions: rows.map(({ position }) => position) });
      ack();
    });
    await broker.consume({ queue: listener.name, prefetch: 1 }, ({ message, ack }) => {
      const event = JSON.parse(message.body.toString()) as { data: unknown };
      const { position, doc } = changedSchema.parse(event.data);
      seen.push({ messageId: message.id, key: message.routingKey, position, name: doc['name'] });
      ack();
    });
  });
  afterEach(async () => {
    await broker.close();
    await database.reset();
  });

  const relayOver = (over: Broker = broker): JournalRelay =>
    new JournalRelay(database.source, over, log, new PositionRepository());
  const tell = (name: string, tenantId: TenantId | null = null): Promise<void> =>
    transact(database.source, (manager) =>
      journal.append(manager, [
        { noun: 'tenant', id: newId(), tenantId, action: 'created', actor: 'anna', seq: 1, doc: { name } },
      ]),
    );
  const published = async (): Promise<number> => {
    const [row] = await database.source.query<{ published: string }[]>('SELECT published FROM approvals.journal_relay');
    return Number(row!.published);
  };
  /** As when a relay that died in its turn has been silent for long enough. */
  const turnEnds = (): Promise<unknown> =>
    database.source.query(`UPDATE approvals.journal_relay SET held_until = '-infinity'`);
  /** A broker that behaves like the real one but for `publish`. */
  const withPublish = (publish: Broker['publish']): Broker =>
    new Proxy(broker, {
      get: (target, name, self) => (name === 'publish' ? publish : (Reflect.get(target, name, self) as unknown)),
    });

  it('publishes every row once, in the order of positions, with the key of its tenant', async () => {
    const tenantId = newId() as TenantId;
    await tell('first', tenantId);
    await tell('second');
    await relayOver().relayAll();
    await relayOver().relayAll();
    expect(seen).toEqual([
      { messageId: '1', key: eventKey(tenantId, 'tenant'), position: 1, name: 'first' },
      { messageId: '2', key: 'system.tenant.changed', position: 2, name: 'second' },
    ]);
    expect(await published()).toBe(2);
  });

  it('tells of what not every tenant sees under a key of its own', async () => {
    const tenantId = newId() as TenantId;
    const doc = { name: 'x', visibility: { tenants: [tenantId] } };
    await transact(database.source, (manager) =>
      journal.append(manager, [
        { noun: 'image', id: newId(), tenantId: null, action: 'created', actor: 'anna', seq: 1, doc },
      ]),
    );
    await relayOver().relayAll();
    expect(seen).toMatchObject([{ key: 'restricted.image.changed' }]);
  });

  it('publishes more than one batch', async () => {
    const many = Array.from({ length: 1203 }, (_, index) => ({
      noun: 'tenant' as const,
      id: newId(),
      tenantId: null,
      action: 'created',
      actor: 'anna',
      seq: 1,
      doc: { name: String(index) },
    }));
    await transact(database.source, (manager) => journal.append(manager, many));
    await relayOver().relayAll();
    expect(seen.map((event) => event.name)).toEqual(many.map((entry) => entry.doc.name));
    expect(pages.flatMap((page) => page.positions)).toEqual(many.map((_, index) => index + 1));
    expect(pages).toHaveLength(13);
    expect(pages[0]?.id).toBe('1-100');
  });

  it('keeps positions through a crash after they were given and before anything was published', async () => {
    await tell('first');
    await relayOver().placeBatch();
    await tell('second');
    await turnEnds();
    const crashed = relayOver(withPublish(() => Promise.reject(new Error('killed'))));
    await expect(crashed.relayAll()).rejects.toThrow('killed');
    expect([seen, await published()]).toEqual([[], 0]);
    await relayOver().relayAll();
    expect(seen.map(({ position, name }) => [position, name])).toEqual([
      [1, 'first'],
      [2, 'second'],
    ]);
  });

  it('publishes again under the same id and position after a crash between publishing and remembering it', async () => {
    const late = database.source.createQueryRunner();
    await late.startTransaction();
    await journal.append(late.manager, [
      {
        noun: 'size',
        id: 'late',
        tenantId: newId() as TenantId,
        action: 'x',
        actor: 'x',
        seq: 1,
        doc: { name: 'late' },
      },
    ]);
    await tell('first');
    const crashed = relayOver(
      withPublish(async (messages: readonly OutgoingMessage[]): Promise<PublishOutcome[]> => {
        await broker.publish(messages);
        throw new Error('killed');
      }),
    );
    await expect(crashed.relayAll()).rejects.toThrow('killed');
    // A row that drew a lower id commits meanwhile: it must not take the number that was seen outside.
    await late.commitTransaction();
    await late.release();
    await relayOver().relayAll();
    expect(seen.map(({ messageId, position, name }) => [messageId, position, name])).toEqual([
      ['1', 1, 'first'],
      ['1', 1, 'first'],
      ['2', 2, 'late'],
    ]);
  });

  it('never has two relays at work, and one takes over when the other goes', async () => {
    const writing = Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        for (let n = 0; n < 20; n++) await tell(`${writer}-${n}`, newId() as TenantId);
      }),
    );
    const relays = [relayOver(), relayOver(), relayOver()];
    for (const relay of relays) relay.onApplicationBootstrap();
    await writing;
    await relays[0]!.onApplicationShutdown();
    await tell('last');
    for (const relay of relays) relay.nudge();
    await waitUntil(() => seen.some((event) => event.name === 'last'), 'the last event');
    await Promise.all(relays.slice(1).map((relay) => relay.onApplicationShutdown()));
    expect(seen.map((event) => event.position)).toEqual(Array.from({ length: 161 }, (_, index) => index + 1));
  });

  it('leaves the turn to another for as long as that one may be at work, and takes it over from one that died', async () => {
    await tell('first');
    expect(await relayOver().placeBatch()).toMatchObject({ published: 0, placed: [{ position: '1' }] });
    const next = relayOver();
    expect(await next.relayAll()).toBe(false);
    expect(seen).toEqual([]);
    await waitUntil(() => next.relayAll(), 'the turn to end', 5_000);
    expect(seen.map(({ position, name }) => [position, name])).toEqual([[1, 'first']]);
  });

  it('gives positions while the broker is away, so that readers can pull', async () => {
    await tell('first');
    await broker.close();
    await relayOver().relayAll();
    expect(await journal.read(database.source, 0, 10)).toMatchObject({ head: 1, rows: [{ position: 1 }] });
    expect(await published()).toBe(0);
  });
});
