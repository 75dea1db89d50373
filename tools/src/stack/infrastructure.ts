import { createHash } from 'node:crypto';
import { startPostgres } from '../services/postgres.service';
import { findRabbit, inOwnVhost } from '../services/rabbitmq.service';
import type { StackOptions } from './options';
import { stateDir } from './paths';

export interface Infrastructure {
  readonly databaseUrl: string;
  /** null: the in-process broker. */
  readonly amqpUrl: string | null;
  readonly notes: readonly string[];
  stop(): Promise<void>;
}

const inProcessNote =
  'All apps run in one process on the in-process broker: no AMQP door, no replicas, for trying DCM out only.';

async function database(): Promise<{ url: string; stop: () => Promise<void> }> {
  const given = process.env['DATABASE_URL'];
  if (given !== undefined && given !== '') return { url: given, stop: () => Promise.resolve() };
  return startPostgres({ stateDir: stateDir() });
}

async function broker(options: StackOptions): Promise<{ url: string | null; stop: () => Promise<void> }> {
  const found = options.inProcess ? null : await findRabbit(stateDir());
  if (found === null) return { url: null, stop: () => Promise.resolve() };
  const vhost = `dcm-${createHash('sha256').update(stateDir()).digest('hex').slice(0, 8)}`;
  return { url: found.kind === 'local' ? inOwnVhost(found.url, vhost) : found.url, stop: () => found.stop() };
}

/** Database and broker: those that the environment names, else what this machine has, else our own. */
export async function startInfrastructure(options: StackOptions): Promise<Infrastructure> {
  const [postgres, rabbit] = await Promise.all([database(), broker(options)]);
  return {
    databaseUrl: postgres.url,
    amqpUrl: rabbit.url,
    notes: rabbit.url === null ? [inProcessNote] : [],
    stop: async () => {
      await Promise.allSettled([rabbit.stop(), postgres.stop()]);
    },
  };
}
