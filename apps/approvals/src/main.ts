import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { INestMicroservice } from '@nestjs/common';
import { queues } from '@dcm/contracts';
import {
  connectBroker,
  DcmTransport,
  dcmTopology,
  OutboxRelay,
  PassThroughFilter,
  type Broker,
  type DcmMessage,
} from '@dcm/messaging';
import {
  createLog,
  createMetrics,
  loadConfig,
  nestLogger,
  onShutdown,
  openDatabase,
  startHealthServer,
  type Environment,
  type Log,
  standBack,
} from '@dcm/runtime';
import { approvalsConfigSchema, type ApprovalsConfig } from './approvals.config';
import { ApprovalsModule } from './approvals.module';
import type { Database } from './database/transaction.repository';
import type { Resources } from './foundation.module';
import { migrations } from './migrations';
import { gaugeWaiting } from './operations/waiting.gauge';

/** A running approvals process. `close` drains: no message in hand is lost, what was committed is published. */
export interface Approvals {
  /** Of health and metrics. */
  readonly port: number;
  close(): Promise<void>;
}

/** Facts of one VM are handled in order, those of different VMs side by side. */
const subjectOf = ({ data }: DcmMessage): string | undefined => {
  const { instanceId, operationId, site } = (data ?? {}) as Record<string, unknown>;
  return [instanceId, operationId, site].find((id): id is string => typeof id === 'string');
};

const transportOf = (broker: Broker, log: Log): DcmTransport =>
  new DcmTransport({
    broker,
    log,
    queues: [
      { name: queues.requests, prefetch: 128 },
      queues.admin,
      { name: queues.facts, prefetch: 64, orderBy: subjectOf },
      { name: queues.discovery, prefetch: 8 },
      { name: queues.control, prefetch: 64 },
      queues.dead,
    ],
  });

async function startApp(resources: Resources): Promise<INestMicroservice> {
  const { transport: strategy, log } = resources;
  const logger = nestLogger(log);
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares its options as a class that nobody constructs
  const app = await NestFactory.createMicroservice(ApprovalsModule.register(resources), {
    strategy,
    logger,
    abortOnError: false,
  });
  app.useGlobalFilters(new PassThroughFilter());
  await app.listen();
  await resources.transport.ready();
  return app;
}

function startHealth(config: ApprovalsConfig, database: Database, broker: Broker, log: Log): Promise<Approvals> {
  const metrics = createMetrics();
  gaugeWaiting(metrics, database);
  return startHealthServer({
    port: config.PORT,
    host: config.HOST,
    metrics,
    log,
    checks: {
      database: async () => {
        await database.query('SELECT 1');
      },
      broker: () => {
        if (!broker.isReady()) throw new Error('not connected');
      },
    },
  });
}

/** Closes in the reverse order of opening; one that fails does not keep the others open. */
class Closers {
  private readonly all: (() => Promise<unknown>)[] = [];

  add(close: () => Promise<unknown>): void {
    this.all.unshift(close);
  }

  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (const close of this.all.splice(0)) await close().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, 'Unable to close everything');
  }
}

/**
 * Starts the process: database, broker, health, handlers, relays. Resolves once requests are consumed.
 * @throws DcmError INVALID_REQUEST for a wrong configuration; what a resource throws that cannot be opened.
 */
export async function start(env: Environment = process.env): Promise<Approvals> {
  const config = loadConfig(approvalsConfigSchema, env);
  const log = createLog('approvals', config.LOG_LEVEL);
  standBack(env, log);
  const closers = new Closers();
  try {
    const database = await openDatabase({ url: config.DATABASE_URL, schema: 'approvals', migrations, log });
    closers.add(() => database.destroy());
    const broker = await connectBroker(config.AMQP_URL, { name: 'approvals', log });
    closers.add(() => broker.close());
    const health = await startHealth(config, database, broker, log);
    closers.add(() => health.close());
    await broker.assertTopology(dcmTopology());
    const outbox = new OutboxRelay({ dataSource: database, broker, schema: 'approvals', log });
    outbox.start();
    closers.add(() => outbox.stop());
    const app = await startApp({ config, log, database, broker, outbox, transport: transportOf(broker, log) });
    closers.add(() => app.close());
    log.info({ port: health.port, broker: broker.kind }, 'ready');
    return { port: health.port, close: () => closers.close() };
  } catch (error) {
    await closers.close().catch(() => undefined);
    throw error;
  }
}

if (require.main === module) {
  const log = createLog('approvals');
  start().then(
    (approvals) => {
      onShutdown(log, () => approvals.close());
    },
    (error: unknown) => {
      log.fatal({ err: error }, 'Unable to start');
      process.exit(1);
    },
  );
}
