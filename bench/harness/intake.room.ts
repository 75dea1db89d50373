import { randomUUID } from 'node:crypto';
import {
  exchanges,
  queues,
  requestMessages,
  siteKeys,
  type AdminCallName,
  type AdminInput,
  type AdminOutput,
} from '@dcm/contracts';
import { connectBroker, publishAll, publishEvents, rpc, siteTopology, toMessage, type Broker } from '@dcm/messaging';
import { canonicalJson, createLog, sha256Hex, signRequester } from '@dcm/runtime';
import { start, type Approvals } from '../../apps/approvals/src/main';

const key = 'a key of this bench only';
const url = 'inprocess://dcm@bench-intake';
const platform = 'bench';
const site = 'bench';
/** So much that nothing is refused, and every request is held against a limit. */
const plenty = { vcpus: 10_000_000, memoryMib: 10_000_000_000, diskGib: 100_000_000, vms: 1_000_000 };

/** Where requests of one tenant go. */
export interface Home {
  readonly tenantId: string;
  readonly projectId: string;
}

let requests = 0;

/**
 * Approvals in this process, on the in-process broker: there a message is confirmed once it was handled, so that the confirm of a request is the
 * commit of its operation, VM, quota, journal and outbox. Everything behind the commit goes on meanwhile; nobody plans.
 */
export class IntakeRoom {
  private constructor(
    private readonly approvals: Approvals,
    private readonly broker: Broker,
  ) {}

  static async open(databaseUrl: string): Promise<IntakeRoom> {
    const given = {
      DATABASE_URL: databaseUrl,
      AMQP_URL: url,
      PORT: '0',
      DCM_INSTALLATION_KEY: key,
      LOG_LEVEL: 'silent',
    };
    const approvals = await start(given);
    const broker = await connectBroker(url, { name: 'gateway', log: createLog('bench', 'silent') });
    await broker.ready();
    const room = new IntakeRoom(approvals, broker);
    await room.takeFrom(queues.projection);
    return room;
  }

  /** Registers a site that has announced itself, a size, an image, and a project in each of so many tenants, all within limits. */
  async furnish(tenants: number): Promise<Home[]> {
    await this.call('admin.site.create', { name: site, platform, maxConcurrent: 8 });
    await this.broker.assertTopology(siteTopology(platform, site));
    await this.takeFrom(queues.provisionerReads(platform, site));
    await this.call('admin.size.create', { name: 'small', cpus: 2, memoryMib: 2_048 });
    await this.call('admin.image.create', { name: 'debian-12', templates: { [site]: 'tpl' } });
    const health = { reachable: true, loggedIn: true, missingPrivileges: [], detail: '', latencyMs: 1 };
    const announced = { site, platform, worker: 'w', description: null, health, sealingKey: '', maxConcurrent: 8 };
    const routingKey = siteKeys.fact(platform, site, 'announced');
    const type = 'io.dcm.fact.announced.v1';
    await publishEvents(this.broker, [
      { exchange: exchanges.facts, routingKey, type, source: '/bench', data: announced },
    ]);
    const homes: Home[] = [];
    for (let n = 0; n < tenants; n += 1) homes.push(await this.home(`tenant ${n}`));
    return homes;
  }

  /** Sends a request and waits until it is committed. */
  async request({ tenantId, projectId }: Home): Promise<void> {
    const type = 'io.dcm.vm.create.v1';
    const id = randomUUID();
    requests += 1;
    const data = { projectId, name: `i-${requests}`, image: 'debian-12', size: 'small', disks: [{ sizeGib: 10 }] };
    const token = signRequester(key, {
      principal: 'bench',
      tenantId: tenantId,
      roles: ['developer'],
      requestId: id,
      payloadSha256: sha256Hex(canonicalJson(data)),
      issuedAt: new Date().toISOString(),
    });
    const routingKey = requestMessages[type].key;
    const extensions = { dcmrequester: token };
    const message = { exchange: exchanges.requests, routingKey, type, source: '/gateway', id, data, extensions };
    await publishAll(this.broker, [toMessage(message)]);
  }

  async close(): Promise<void> {
    await this.approvals.close();
    await this.broker.close();
  }

  private async home(name: string): Promise<Home> {
    const tenant = await this.call('admin.tenant.create', { name });
    const project = await this.call('admin.project.create', { tenantId: tenant.id, name: 'p', site });
    for (const [scope, id] of [
      ['tenant', tenant.id],
      ['project', project.id],
    ] as const) {
      await this.call('admin.quota.set', { scope, id, limits: plenty });
    }
    return { tenantId: tenant.id, projectId: project.id };
  }

  private async takeFrom(queue: string): Promise<void> {
    await this.broker.consume({ queue, prefetch: 500 }, (delivery) => {
      delivery.ack();
    });
  }

  private call<N extends AdminCallName>(name: N, input: AdminInput<N>): Promise<AdminOutput<N>> {
    const actor = { principal: 'root', tenantId: null, roles: ['platform-admin'] };
    const type = 'io.dcm.admin.call.v1';
    const data = { actor, input };
    return rpc(this.broker, { exchange: exchanges.admin, routingKey: name, type, data, timeoutMs: 10_000 }) as Promise<
      AdminOutput<N>
    >;
  }
}
