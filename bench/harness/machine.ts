import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { cpus, loadavg, totalmem } from 'node:os';
import { Client } from 'pg';

/** What a figure was measured on. */
export interface Machine {
  readonly cores: number;
  readonly model: string;
  readonly memoryGib: number;
}

/** What was measured; null for a part that did not run. */
export interface Versions {
  readonly commit: string;
  readonly node: string;
  readonly postgres: string | null;
  readonly rabbitmq: string | null;
}

export const machine = (): Machine => ({
  cores: cpus().length,
  model: cpus()[0]?.model ?? 'unknown',
  memoryGib: Math.round(totalmem() / 2 ** 30),
});

/** Load average of one minute: how much else was going on. */
export const loadAverage = (): number => Math.round((loadavg()[0] ?? 0) * 100) / 100;

/** The commit that runs, with a plus sign when the code differs from it. The last figures themselves are no difference. */
export function commitOf(root: string): string {
  const git = (...args: string[]): string => spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout.trim();
  const changed = git('status', '--porcelain', '--', '.', ':!bench/results', ':!*.md');
  return git('rev-parse', '--short', 'HEAD') + (changed === '' ? '' : '+');
}

export async function postgresVersion(url: string): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    return rows[0]?.server_version ?? 'unknown';
  } finally {
    await client.end();
  }
}

const silenceMs = 5_000;

/** RabbitMQ says its version in its first frame, before anybody logs in. @see AMQP 0-9-1, connection.start */
export function rabbitVersion(url: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port === '' ? 5672 : port), hostname, () => socket.write('AMQP\0\0\u0009\u0001'));
    const end = (version: string): void => {
      socket.destroy();
      resolve(version);
    };
    socket.setTimeout(silenceMs, () => {
      end('unknown');
    });
    socket.once('error', () => {
      end('unknown');
    });
    socket.once('data', (frame) => {
      end(/\u0007versionS\0\0\0.(\d+(?:\.\d+)+)/s.exec(frame.toString('latin1'))?.[1] ?? 'unknown');
    });
  });
}
