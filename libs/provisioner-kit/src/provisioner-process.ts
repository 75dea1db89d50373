import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { INestMicroservice } from '@nestjs/common';
import { queues } from '@dcm/contracts';
import {
  dcmTopology,
  DcmTransport,
  PassThroughFilter,
  siteTopology,
  type Broker,
  type ConsumedQueue,
} from '@dcm/messaging';
import { every, nestLogger, startHealthServer, type Log } from '@dcm/runtime';
import { Announcer } from './announcer';
import { ClaimClient } from './claim.client';
import { Facts } from './facts';
import { ChangeFeed } from './feed/change-feed';
import type { ProvisionerConfig } from './provisioner.config';
import { ProvisionerModule, type ProvisionerParts } from './provisioner.module';
import { Reader } from './reads/reader';
import type { Site } from './site';
import type { Sites } from './sites';
import { WorkService } from './work/work.service';

export interface RunningProvisioner {
  /** Unique per process start. */
  readonly worker: string;
  /** Where the health server listens. */
  readonly port: number;
  readonly log: Log;
  /** Takes no more work, waits for what runs, closes adapters and broker. */
  readonly close: () => Promise<void>;
}

/** What an interrupted piece of work gets to tell how it ended. */
const lastWordsMs = 5_000;

/** Puts the parts to work: health, topology, consumers, announcements. Waits for the broker; gives it back when the start fails. */
export async function startProcess(parts: ProvisionerParts): Promise<RunningProvisioner> {
  const { config, broker, metrics, log } = parts;
  const checks = {
    broker: () => {
      if (!broker.isReady()) throw new Error('the broker is away');
    },
  };
  const health = await startHealthServer({ port: config.PORT, host: config.HOST, checks, metrics, log });
  const closeRest = async (): Promise<void> => {
    await Promise.allSettled(parts.sites.all.map(({ adapter }) => adapter.close()));
    await health.close();
    await broker.close();
  };
  try {
    await declare(broker, parts.sites);
    return running(parts, await openApp(parts), health.port, closeRest);
  } catch (error) {
    await closeRest();
    throw error;
  }
}

function running(
  { config, worker, sites, log }: ProvisionerParts,
  app: INestMicroservice,
  port: number,
  closeRest: () => Promise<void>,
): RunningProvisioner {
  const announcer = app.get(Announcer);
  // Each site on its own: one that hangs silences no other.
  const feeds = sites.all.map((site) => new ChangeFeed(site, app.get(Facts), log));
  const loops = sites.all.map((site) => every(config.DCM_ANNOUNCE_MS, () => announcer.announce(site), log));
  log.info({ worker, port, sites: sites.all.map((site) => site.config.name) }, 'the provisioner is ready');
  const close = async (): Promise<void> => {
    app.get(Reader).interrupt();
    app.get(ClaimClient).close();
    const announced = [...loops.map((loop) => loop.stop()), ...feeds.map((feed) => feed.close())];
    await drain(app, config.DCM_DRAIN_MS);
    await Promise.all(announced);
    await closeRest();
  };
  return { worker, port, log, close };
}

async function declare(broker: Broker, sites: Sites): Promise<void> {
  await broker.assertTopology(dcmTopology());
  for (const { platform, config } of sites.all) await broker.assertTopology(siteTopology(platform, config.name));
}

async function openApp(parts: ProvisionerParts): Promise<INestMicroservice> {
  const { broker, log, config } = parts;
  const strategy = new DcmTransport({
    broker,
    log,
    queues: parts.sites.all.flatMap((site) => queuesOf(site, config)),
    drainMs: config.DCM_DRAIN_MS + lastWordsMs,
  });
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares its options as a class that nobody constructs
  const app = await NestFactory.createMicroservice(ProvisionerModule.of(parts), {
    strategy,
    logger: nestLogger(log),
    abortOnError: false,
  });
  app.useGlobalFilters(new PassThroughFilter());
  await app.listen();
  await strategy.ready();
  return app;
}

const queuesOf = ({ platform, config }: Site, { DCM_WORKER_CONCURRENCY }: ProvisionerConfig): ConsumedQueue[] => [
  {
    name: queues.provisioner(platform, config.name),
    prefetch: DCM_WORKER_CONCURRENCY ?? config.limits.maxConcurrent,
  },
  { name: queues.provisionerReads(platform, config.name), prefetch: config.limits.maxReads },
];

/** Takes no more, lets work end for a while, then interrupts it and hears its last words. */
async function drain(app: INestMicroservice, drainMs: number): Promise<void> {
  const late = setTimeout(() => {
    app.get(WorkService).interrupt();
  }, drainMs);
  const mute = setTimeout(() => {
    app.get(Facts).close();
  }, drainMs + lastWordsMs);
  await app.close();
  clearTimeout(late);
  clearTimeout(mute);
}
