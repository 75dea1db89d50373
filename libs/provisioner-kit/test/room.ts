import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';

export type BrokerKind = 'in-process' | 'rabbitmq';

const rabbitmqctl = (...args: string[]): void => {
  execFileSync('rabbitmqctl', ['-q', ...args], { stdio: 'pipe' });
};

/** Whether throw-away vhosts can be made here; a suite that lacks them is skipped, unless everything is required. */
const hasRabbit = (): boolean =>
  process.env['DCM_TEST_REQUIRE'] === 'all' || spawnSync('rabbitmqctl', ['-q', 'list_vhosts']).status === 0;

/** The brokers to run a suite against. */
export const brokersHere = (): BrokerKind[] => (hasRabbit() ? ['in-process', 'rabbitmq'] : ['in-process']);

/** A broker that nobody else uses. */
export interface Room {
  readonly url: string;
  close(): void;
}

export function openRoom(kind: BrokerKind): Room {
  const name = `kit-${randomBytes(6).toString('hex')}`;
  if (kind === 'in-process') return { url: `inprocess://dcm@${name}`, close: () => undefined };
  const url = new URL(process.env['AMQP_URL'] ?? 'amqp://guest:guest@127.0.0.1:5672');
  rabbitmqctl('add_vhost', name);
  rabbitmqctl('set_permissions', '-p', name, decodeURIComponent(url.username), '.*', '.*', '.*');
  url.pathname = `/${name}`;
  return {
    url: url.toString(),
    close: () => {
      rabbitmqctl('delete_vhost', name);
    },
  };
}
