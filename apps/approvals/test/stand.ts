import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  DcmError,
  exchanges,
  queues,
  type AdminActor,
  type AdminCallName,
  type AdminInput,
  type AdminOutput,
  type TenantId,
} from '@dcm/contracts';
import { connectBroker, rpc, type Broker } from '@dcm/messaging';
import { createLog } from '@dcm/runtime';
import { start, type Approvals } from '../src/main';
import { createTestDatabase, type TestDatabase } from './test-database';

const log = createLog('test', 'silent');

export const brokerKinds = ['in-process', 'rabbitmq'] as const;
export type BrokerKind = (typeof brokerKinds)[number];

const rabbitmqctl = (...args: string[]): void => {
  execFileSync('rabbitmqctl', ['-q', ...args], { stdio: 'pipe' });
};

/** Whether throw-away vhosts can be made here; a suite that lacks them is skipped, unless everything is required. */
const hasRabbit = (): boolean =>
  process.env['DCM_TEST_REQUIRE'] === 'all' || spawnSync('rabbitmqctl', ['-q', 'list_vhosts']).status === 0;

/** The brokers to run a suite against. */
export const brokersHere = (): BrokerKind[] => (hasRabbit() ? [...brokerKinds] : ['in-process']);

export const platformAdmin: AdminActor = { principal: 'root', tenantId: null, roles: ['platform-admin'] };
export const tenantAdmin = (tenantId: TenantId): AdminActor => ({
  principal: 'tina',
  tenantId,
  roles: ['tenant-admin'],
});
export const developer = (tenantId: TenantId): AdminActor => ({ principal: 'dave', tenantId, roles: ['developer'] });

/** A broker that nobody else uses. `urlOf` gives the URL of a user of it. */
export interface Room {
  urlOf(user: string): string;
  close(): void;
}

/** Opens a broker for one test; RabbitMQ gives it a vhost with users of its own. */
export function openRoom(kind: BrokerKind): Room {
  const name = `test-${randomBytes(6).toString('hex')}`;
  if (kind === 'in-process') return { urlOf: (user) => `inprocess://${user}@${name}`, close: () => undefined };
  const users = new Set<string>();
  const server = new URL(process.env['AMQP_URL'] ?? 'amqp://guest:guest@127.0.0.1:5672');
  rabbitmqctl('add_vhost', name);
  return {
    urlOf: (user) => {
      const account = `${name}-${user}`;
      if (!users.has(account)) {
        rabbitmqctl('add_user', account, name);
        rabbitmqctl('set_permissions', '-p', name, account, '.*', '.*', '.*');
        users.add(account);
      }
      return `amqp://${account}:${name}@${server.host}/${name}`;
    },
    close: () => {
      for (const account of users) rabbitmqctl('delete_user', account);
      rabbitmqctl('delete_vhost', name);
    },
  };
}

/** A running approvals process with a database and a broker of its own, and the rooms around it played by the test. */
export class Stand {
  private readonly brokers: Broker[] = [];
  private stopped: Promise<void> | undefined;

  private constructor(
    readonly database: TestDatabase,
    private readonly room: Room,
    private readonly approvals: Approvals,
    /** Connected as the user that approvals connects as: a relay, and the publisher of sites that name none. */
    readonly gateway: Broker,
  ) {}

  static async open(kind: BrokerKind, env: Record<string, string> = {}): Promise<Stand> {
    const database = await createTestDatabase();
    const room = openRoom(kind);
    try {
      const url = room.urlOf('dcm');
      const key = 'a key of this test only';
      const given = {
        DATABASE_URL: database.url,
        AMQP_URL: url,
        PORT: '0',
        DCM_INSTALLATION_KEY: key,
        LOG_LEVEL: 'silent',
        ...env,
      };
      const approvals = await start(given);
      const gateway = await connectBroker(url, { name: 'gateway', log });
      await gateway.ready();
      // In-process, an event is confirmed when it was handled: somebody must take them.
      await gateway.consume({ queue: queues.projection, prefetch: 500 }, (delivery) => {
        delivery.ack();
      });
      return new Stand(database, room, approvals, gateway);
    } catch (error) {
      room.close();
      await database.drop();
      throw error;
    }
  }

  get port(): number {
    return this.approvals.port;
  }

  /** A connection of another broker user. */
  async connectAs(user: string): Promise<Broker> {
    const broker = await connectBroker(this.room.urlOf(user), { name: user, log });
    await broker.ready();
    this.brokers.push(broker);
    return broker;
  }

  call<N extends AdminCallName>(
    name: N,
    input: AdminInput<N>,
    actor: AdminActor = platformAdmin,
    broker: Broker = this.gateway,
  ): Promise<AdminOutput<N>> {
    return this.callRaw(name, { actor, input }, broker) as Promise<AdminOutput<N>>;
  }

  callRaw(name: string, data: unknown, broker: Broker = this.gateway): Promise<unknown> {
    const type = 'io.dcm.admin.call.v1';
    return rpc(broker, { exchange: exchanges.admin, routingKey: name, type, data, timeoutMs: 10_000 });
  }

  /** The error that a call is refused with. */
  async refusal<N extends AdminCallName>(name: N, input: AdminInput<N>, actor?: AdminActor): Promise<DcmError> {
    return errorOf(this.call(name, input, actor));
  }

  /** Ends the process; what is around it stays. */
  stop(): Promise<void> {
    this.stopped ??= this.approvals.close();
    return this.stopped;
  }

  async close(): Promise<void> {
    await Promise.all(this.brokers.map((broker) => broker.close()));
    await this.stop();
    await this.gateway.close();
    this.room.close();
    await this.database.drop();
  }
}

/** @throws Error when the promise does not reject with a DcmError. */
export async function errorOf(promise: Promise<unknown>): Promise<DcmError> {
  const outcome = await promise.catch((error: unknown) => error);
  if (outcome instanceof DcmError) return outcome;
  throw new Error(`expected a refusal, got ${JSON.stringify(outcome)}`, { cause: outcome });
}
