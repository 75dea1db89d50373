import { once } from 'node:events';
import { connectBroker, OutboxRelay, outboxMigrationSql, addToOutbox, type Broker } from '@dcm/messaging';
import { createLog, newId, openDatabase } from '@dcm/runtime';
import { setTimeout as sleep } from 'node:timers/promises';
import { round, spreadOf, type Spread } from './harness/numbers';
import { report, withStack, type BenchStack, type Line } from './stack';

const singles = 500;
const gapMs = 10;
const burst = 20_000;
const wantedP50Ms = 10;
const exchange = 'bench.relay';

type Source = Awaited<ReturnType<typeof openDatabase>>;

interface Scene {
  readonly source: Source;
  readonly relay: OutboxRelay;
  /** Resolves with the time at which the message was in its consumer's hands. */
  readonly arrivals: Map<string, (at: number) => void>;
}

const messageOf = (id: string): Parameters<typeof addToOutbox>[2][number] => ({
  id,
  exchange,
  routingKey: 'bench',
  type: 'bench',
  contentType: 'application/json',
  body: Buffer.alloc(1024, 'x'),
});

async function open(stack: BenchStack, broker: Broker, work: (scene: Scene) => Promise<unknown>): Promise<unknown> {
  const log = createLog('bench', 'warn');
  const migrations = [{ name: '1', sql: outboxMigrationSql('bench_relay') }];
  const source = await openDatabase({ url: stack.databaseUrl, schema: 'bench_relay', migrations, log });
  const relay = new OutboxRelay({ dataSource: source, broker, schema: 'bench_relay', log });
  const arrivals = new Map<string, (at: number) => void>();
  await broker.assertTopology({
    exchanges: [{ name: exchange }],
    queues: [{ name: exchange, bindings: [{ exchange, key: '#' }] }],
  });
  await broker.consume({ queue: exchange, prefetch: 256 }, (delivery) => {
    arrivals.get(delivery.message.id ?? '')?.(performance.now());
    delivery.ack();
  });
  relay.start();
  try {
    return await work({ source, relay, arrivals });
  } finally {
    await relay.stop();
    await source.destroy();
  }
}

/** One message at a time, as at low load: from the commit until the next room has it. */
async function latency({ source, relay, arrivals }: Scene): Promise<Spread> {
  const times: number[] = [];
  for (let n = 0; n < singles; n += 1) {
    const id = newId();
    const arrived = new Promise<number>((resolve) => arrivals.set(id, resolve));
    const sent = await source.transaction((manager) => addToOutbox(manager, 'bench_relay', [messageOf(id)]));
    const committedAt = performance.now();
    relay.forward(sent);
    times.push((await arrived) - committedAt);
    arrivals.delete(id);
    await sleep(gapMs);
  }
  return spreadOf(times);
}

/** Many messages that wait: how fast they are published, confirmed and handled. */
async function throughput({ source, relay, arrivals }: Scene): Promise<number> {
  const left = new Set(Array.from({ length: burst }, () => newId()));
  const done = new EventTarget();
  for (const id of left) {
    arrivals.set(id, () => {
      left.delete(id);
      if (left.size === 0) done.dispatchEvent(new Event('done'));
    });
  }
  const ids = [...left];
  for (let from = 0; from < ids.length; from += 1_000) {
    await addToOutbox(source.manager, 'bench_relay', ids.slice(from, from + 1_000).map(messageOf));
  }
  // As rows that another process left: none is in its hands any more.
  await source.query('UPDATE bench_relay.outbox SET visible_at = now()');
  const finished = once(done as never, 'done');
  const startedAt = performance.now();
  const before = left.size;
  relay.nudge();
  await finished;
  return round((before * 1000) / (performance.now() - startedAt), 0);
}

async function measure(stack: BenchStack): Promise<{ figures: unknown; lines: Line[] }> {
  if (stack.amqpUrl === null) throw new Error('this figure needs RabbitMQ');
  const broker = await connectBroker(stack.amqpUrl, { name: 'bench', log: createLog('bench', 'warn') });
  try {
    const figures = (await open(stack, broker, async (scene) => ({
      commitToConsumer: await latency(scene),
      relayedPerSecond: await throughput(scene),
    }))) as { commitToConsumer: Spread; relayedPerSecond: number };
    const { p50Ms, p99Ms } = figures.commitToConsumer;
    const lines = [
      {
        figure: 'commit → next consumer, through outbox and RabbitMQ with confirms',
        measured: `p50 ${p50Ms} ms, p99 ${p99Ms} ms`,
        wanted: `p50 ≤ ${wantedP50Ms} ms`,
        holds: p50Ms <= wantedP50Ms,
      },
      {
        figure: 'messages of 1 KiB relayed from a full outbox, confirmed and consumed',
        measured: `${figures.relayedPerSecond}/s`,
        wanted: null,
        holds: null,
      },
    ];
    return { figures, lines };
  } finally {
    await broker.close();
  }
}

void withStack([], {}, measure).then(({ figures, lines }) => {
  report('relay', figures, lines);
});
