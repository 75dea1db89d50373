import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { queues } from '@dcm/contracts';
import { connectBroker, DcmTransport, dcmTopology, OutboxRelay, PassThroughFilter } from '@dcm/messaging';
import { createLog, createMetrics, nestLogger, onShutdown, openDatabase, type Environment } from '@dcm/runtime';
import { Drain } from './drain';
import { EventStreams } from './events/event-streams';
import { loadGatewayConfig, type GatewayConfig } from './gateway.config';
import { GatewayModule, type GatewayParts } from './gateway.module';
import { Connections } from './http/connections';
import { measureRequests } from './http/request.metrics';
import { createServer } from './http/server';
import { gatewayTables } from './migrations/0001-gateway.migration';
import { listIndexes } from './migrations/0002-lists.migration';
import { notificationTables } from './migrations/0003-notifications.migration';
import { webhookTables } from './migrations/0004-webhooks.migration';
import { webhookSubjects } from './migrations/0005-webhook-subjects.migration';
import { webhookChanges } from './migrations/0006-webhook-changes.migration';
import { Yielding } from './requests/yielding.policy';

/** A gateway that runs. */
export interface Gateway {
  /** `http://host:port`, with the port that was taken. */
  readonly url: string;
  /** Answers what is under way, then lets go of everything. */
  close(): Promise<void>;
}

const schema = 'gateway';

/** From here on a caller would notice. */
const slowMs = 10;

/** For so long the door stays open while readiness says that nobody else should come. */
const lameDuckMs = 200;

/** For so long an idle connection stays open behind the shut door: its caller may have sent a request that has not arrived. */
const idleGraceMs = 500;

/** Longer than any answer takes while the process drains, shorter than the time after which it is killed. */
const drainMs = 12_000;

async function openParts(config: GatewayConfig): Promise<GatewayParts> {
  const log = createLog(schema);
  const database = await openDatabase({
    url: config.DATABASE_URL,
    schema,
    migrations: [gatewayTables, listIndexes, notificationTables, webhookTables, webhookSubjects, webhookChanges],
    log,
  });
  try {
    const broker = await connectBroker(config.AMQP_URL, { name: schema, log });
    const leastPerSecond = config.DCM_LEAST_HANDED_ON;
    const yielding = new Yielding({ targetMs: slowMs, leastPerSecond });
    const portion =
      leastPerSecond === 0 ? undefined : (waiting: number) => yielding.portion(performance.now(), waiting);
    const relay = new OutboxRelay({ dataSource: database, broker, schema, log, ...(portion && { portion }) });
    return { config, log, database, broker, relay, yielding, metrics: createMetrics(), drain: new Drain() };
  } catch (error) {
    await database.destroy();
    throw error;
  }
}

async function closeParts({ relay, broker, database }: GatewayParts): Promise<void> {
  await relay.stop();
  await broker.close();
  await database.destroy();
}

/** HTTP opens whether the broker is there or not: what is accepted waits in the outbox, and readiness tells. */
async function consumeWhenReady(app: NestFastifyApplication, { broker, log, drain }: GatewayParts): Promise<void> {
  const { signal } = drain;
  try {
    await broker.assertTopology(dcmTopology());
    if (!signal.aborted) await app.startAllMicroservices();
  } catch (error) {
    if (signal.aborted) return;
    log.error({ error: String(error) }, 'the read model gets no events: the broker refuses what the gateway needs');
  }
}

async function createApp(parts: GatewayParts): Promise<NestFastifyApplication> {
  const { broker, log, metrics, drain } = parts;
  const server = createServer(drain.shut);
  measureRequests(server, metrics);
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares its options as a class that nobody constructs
  const options: NestApplicationOptions = { logger: nestLogger(log), bodyParser: false, abortOnError: false };
  const app = await NestFactory.create<NestFastifyApplication>(GatewayModule.with(parts), server, options);
  const strategy = new DcmTransport({ broker, queues: [queues.projection], prefetch: 256, log });
  // Deferred, or Nest builds the handlers before it knows the filter.
  app.connectMicroservice({ strategy }, { deferInitialization: true }).useGlobalFilters(new PassThroughFilter());
  return app;
}

const urlOf = (app: NestFastifyApplication, { HOST }: GatewayConfig): string => {
  const { port } = app.getHttpServer().address() as AddressInfo;
  return `http://${HOST.includes(':') ? `[${HOST}]` : HOST}:${port}`;
};

/** Ends what is under way; a caller that does not read its answer is cut off in the end. */
async function closeDoor(connections: Connections, drain: Drain): Promise<void> {
  const { ended } = await connections.stopListening();
  drain.shutDoor();
  let sweep: NodeJS.Timeout | undefined;
  const grace = setTimeout(() => {
    sweep = setInterval(() => void connections.closeUnused(), 100);
  }, idleGraceMs);
  const cutOff = setTimeout(() => {
    connections.closeAll();
  }, drainMs);
  try {
    await ended;
  } finally {
    clearTimeout(grace);
    clearInterval(sweep);
    clearTimeout(cutOff);
  }
}

/**
 * Starts a gateway: migrates its tables, opens the HTTP door, then follows the events.
 * @throws DcmError INVALID_REQUEST for a wrong configuration; errors of the database and of the socket as they are.
 */
export async function start(env: Environment = process.env): Promise<Gateway> {
  const config = loadGatewayConfig(env);
  const parts = await openParts(config);
  const app = await createApp(parts).catch(async (error: unknown) => {
    await closeParts(parts);
    throw error;
  });
  const connections = new Connections(app.getHttpServer());
  const tasks: Promise<void>[] = [];
  parts.drain.shut.addEventListener('abort', () => {
    app.get(EventStreams).endAll();
  });
  const close = async (): Promise<void> => {
    parts.drain.begin();
    await sleep(lameDuckMs);
    await closeDoor(connections, parts.drain);
    await app.close();
    await closeParts(parts);
    await Promise.all(tasks);
  };
  try {
    await app.listen(config.PORT, config.HOST);
  } catch (error) {
    await close();
    throw error;
  }
  parts.relay.start();
  tasks.push(consumeWhenReady(app, parts));
  const url = urlOf(app, config);
  parts.log.info({ url }, 'gateway is open');
  return { url, close };
}

if (require.main === module) {
  const log = createLog(schema);
  start().then(
    (gateway) => {
      onShutdown(log, () => gateway.close());
    },
    (error: unknown) => {
      log.fatal({ error: error instanceof Error ? error.message : String(error) }, 'the gateway cannot start');
      process.exitCode = 1;
    },
  );
}
