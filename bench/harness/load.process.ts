import { setTimeout as sleep } from 'node:timers/promises';
import { HttpConnection, type Target } from './http.connection';
import { round, spreadOf, type Spread } from './numbers';

/** What the load process is asked to do. */
export type LoadOrder = { readonly target: Target; readonly connections: number; readonly seconds: number } & (
  { readonly kind: 'closed' } | { readonly kind: 'open'; readonly perSecond: number }
);

/** What a load did. The times of an open load run from when a request was due, whether or not a connection was free. */
export interface LoadResult extends Spread {
  readonly answered: number;
  readonly failed: number;
  readonly perSecond: number;
  /** Share of one core that the load itself used. */
  readonly clientCpu: number;
}

interface Tally {
  readonly times: number[];
  failed: number;
}

let sent = 0;

async function postOnce(connection: HttpConnection, { expected }: Target, dueAt: number, tally: Tally): Promise<void> {
  try {
    const status = await connection.post((sent += 1));
    if (status === expected) tally.times.push(performance.now() - dueAt);
    else tally.failed += 1;
  } catch {
    tally.failed += 1;
  }
}

/** Each connection asks again as soon as it was answered. */
async function closed(order: LoadOrder, connections: readonly HttpConnection[], tally: Tally): Promise<void> {
  const until = performance.now() + order.seconds * 1000;
  const loop = async (connection: HttpConnection): Promise<void> => {
    while (performance.now() < until) await postOnce(connection, order.target, performance.now(), tally);
  };
  await Promise.all(connections.map(loop));
}

/** Requests fall due at a fixed rate; what finds no free connection waits, and its time runs. */
async function open(
  order: LoadOrder & { kind: 'open' },
  connections: readonly HttpConnection[],
  tally: Tally,
): Promise<void> {
  const total = order.perSecond * order.seconds;
  const startedAt = performance.now();
  const dueAt = (n: number): number => startedAt + (n * 1000) / order.perSecond;
  let next = 0;
  const loop = async (connection: HttpConnection): Promise<void> => {
    while (next < total) {
      const due = dueAt(next++);
      const waitMs = due - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      await postOnce(connection, order.target, due, tally);
    }
  };
  await Promise.all(connections.map(loop));
}

async function run(order: LoadOrder): Promise<LoadResult> {
  const connections = await Promise.all(
    Array.from({ length: order.connections }, () => HttpConnection.open(order.target)),
  );
  const tally: Tally = { times: [], failed: 0 };
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  await (order.kind === 'closed' ? closed(order, connections, tally) : open(order, connections, tally));
  const elapsedMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  for (const connection of connections) connection.close();
  return {
    answered: tally.times.length,
    failed: tally.failed,
    perSecond: round((tally.times.length * 1000) / elapsedMs),
    clientCpu: round((user + system) / 1000 / elapsedMs),
    ...spreadOf(tally.times),
  };
}

process.on('message', (order: LoadOrder) => {
  run(order).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
