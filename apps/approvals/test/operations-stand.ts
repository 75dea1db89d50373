import {
  exchanges,
  isFinal,
  queues,
  vmIdSchema,
  type AdminActor,
  type AdminCallName,
  type AdminInput,
  type AdminOutput,
  type Approval,
  type CreateVmInput,
  type Operation,
  type OperationId,
  type OperationState,
  type Policy,
  type ProjectId,
  type RequestType,
  type TenantId,
  type Vm,
} from '@dcm/contracts';
import { requestMessages } from '@dcm/contracts';
import { connectBroker, publishAll, rpc, toMessage, type Broker } from '@dcm/messaging';
import { waitUntil } from '@dcm/messaging/testing';
import { canonicalJson, createLog, newId, operationIdOf, sha256Hex, signRequester, vmIdOf } from '@dcm/runtime';
import { start, type Approvals } from '../src/main';
import { FakeProvisioner } from './fake-provisioner';
import { assertInvariants } from './operations-invariants';
import { openRoom, type BrokerKind, type Room } from './stand';
import { createTestDatabase, type TestDatabase } from './test-database';

const log = createLog('test', process.env['DCM_TEST_LOG'] ?? 'silent');
const installationKey = 'a key of this test only';

/** Everything in fractions of a second. */
const quick = {
  LOG_LEVEL: 'fatal',
  DCM_SWEEP_MS: '40',
  DCM_LEASE_MS: '1500',
  DCM_CALL_TIMEOUT_MS: '300',
  DCM_PLAN_TIMEOUT_MS: '1500',
  DCM_DISPATCH_TIMEOUT_MS: '1500',
  DCM_RETRY_BASE_MS: '40',
  DCM_LATE_EFFECT_WINDOW_MS: '400',
};

export const admin: AdminActor = { principal: 'root', tenantId: null, roles: ['platform-admin'] };

/** Where requests of a test go. */
export interface Home {
  readonly tenantId: TenantId;
  readonly projectId: ProjectId;
  readonly site: string;
  readonly provisioner: FakeProvisioner;
}

/** An approvals process of this test only, over PostgreSQL and the in-process broker, with the gateway and provisioners played by the test. */
export class OperationsStand {
  private readonly brokers: Broker[] = [];
  private readonly provisioners: FakeProvisioner[] = [];

  private constructor(
    readonly database: TestDatabase,
    private readonly room: Room,
    private readonly env: Record<string, string>,
    readonly gateway: Broker,
  ) {}

  private approvals: Approvals[] = [];

  static async open(env: Record<string, string> = {}, kind: BrokerKind = 'in-process'): Promise<OperationsStand> {
    const database = await createTestDatabase();
    const room = openRoom(kind);
    const url = room.urlOf('dcm');
    const given = { DATABASE_URL: database.url, AMQP_URL: url, PORT: '0', DCM_INSTALLATION_KEY: installationKey };
    const gateway = await connectBroker(url, { name: 'gateway', log });
    await gateway.ready();
    const stand = new OperationsStand(database, room, { ...given, ...quick, ...env }, gateway);
    await stand.startApprovals();
    // In-process a confirm means "handled": somebody has to take the events.
    await gateway.consume({ queue: queues.projection, prefetch: 500 }, (delivery) => {
      delivery.ack();
    });
    return stand;
  }

  /** What the metrics of the first process say of one series, such as `name{label="x"}`. */
  async metric(series: string): Promise<number> {
    const [first] = this.approvals;
    const text = await (await fetch(`http://127.0.0.1:${first?.port ?? 0}/metrics`)).text();
    const line = text.split('\n').find((one) => one.startsWith(`${series} `));
    return Number(line?.slice(series.length));
  }

  async connectAs(user: string): Promise<Broker> {
    const broker = await connectBroker(this.room.urlOf(user), {
      name: user,
      log,
    });
    await broker.ready();
    this.brokers.push(broker);
    return broker;
  }

  async stopApprovals(): Promise<void> {
    await Promise.all(this.approvals.splice(0).map((one) => one.close()));
  }

  /** Starts approvals, or one more replica of it. */
  async startApprovals(): Promise<void> {
    this.approvals.push(await start(this.env));
  }

  async close(): Promise<void> {
    await Promise.all(this.provisioners.map((provisioner) => provisioner.close()));
    await this.stopApprovals();
    await Promise.all(this.brokers.map((broker) => broker.close()));
    await this.gateway.close();
    this.room.close();
    await this.database.drop();
  }

  /** A tenant with a project on a site of its own, with size `s` and image `debian-12`. */
  async home(
    options: { policy?: Policy; maxConcurrent?: number; announce?: boolean; sealingKey?: string } = {},
  ): Promise<Home> {
    const name = newId().slice(-12);
    const site = `site-${name}`;
    const { maxConcurrent = 4, announce = true } = options;
    const tenant = await this.call('admin.tenant.create', { name: `tenant ${name}` });
    await this.call('admin.site.create', { name: site, platform: 'vsphere', maxConcurrent });
    const policy = options.policy ?? { approvalTtlHours: 72, onExpiry: 'reject' };
    const project = await this.call('admin.project.create', {
      tenantId: tenant.id,
      name: 'p',
      site: site,
      policy,
    });
    await this.ensureCatalogue(site);
    const provisioner = await this.replica(site, 'w1');
    if (announce) await provisioner.announce(options.sealingKey);
    return { tenantId: tenant.id, projectId: project.id, site, provisioner };
  }

  /** A provisioner of a site, or one more of them. */
  async replica(site: string, worker: string): Promise<FakeProvisioner> {
    const provisioner = await new FakeProvisioner(await this.connectAs('dcm'), site, worker).open();
    this.provisioners.push(provisioner);
    return provisioner;
  }

  /** A second project of another tenant on the same site. */
  async neighbour(home: Home): Promise<Home> {
    const tenant = await this.call('admin.tenant.create', { name: `tenant ${newId()}` });
    const project = await this.call('admin.project.create', {
      tenantId: tenant.id,
      name: 'p',
      site: home.site,
    });
    return { ...home, tenantId: tenant.id, projectId: project.id };
  }

  private async ensureCatalogue(site: string): Promise<void> {
    const images = await this.rows<{ id: string }>('SELECT id FROM approvals.image WHERE name = $1', ['debian-12']);
    const [image] = images;
    const templates = { [site]: 'tpl-debian-12' } as never;
    if (image !== undefined) {
      await this.call('admin.image.update', { id: image.id, templates });
      return;
    }
    await this.call('admin.image.create', { name: 'debian-12', templates });
    await this.call('admin.size.create', { name: 's', cpus: 2, memoryMib: 2048 });
  }

  call<N extends AdminCallName>(name: N, input: AdminInput<N>, actor: AdminActor = admin): Promise<AdminOutput<N>> {
    const data = { actor, input };
    const type = 'io.dcm.admin.call.v1';
    return rpc(this.gateway, { exchange: exchanges.admin, routingKey: name, type, data, timeoutMs: 10_000 }) as Promise<
      AdminOutput<N>
    >;
  }

  /** Publishes a request as the gateway does: signed, under the operation's id. */
  async ask(
    home: Pick<Home, 'tenantId'>,
    type: RequestType,
    data: object,
    options: { id?: string; principal?: string; broker?: Broker } = {},
  ): Promise<OperationId> {
    const id = (options.id ?? operationIdOf('test', newId())) as OperationId;
    await publishAll(options.broker ?? this.gateway, [this.relayed(home.tenantId, type, data, { id, ...options })]);
    return id;
  }

  relayed(
    tenantId: string,
    type: RequestType,
    data: object,
    { id = newId(), principal = 'dave' }: { id?: string; principal?: string } = {},
  ): ReturnType<typeof toMessage> {
    const token = signRequester(installationKey, {
      principal,
      tenantId,
      roles: ['developer'],
      requestId: id,
      payloadSha256: sha256Hex(canonicalJson(data)),
      issuedAt: new Date().toISOString(),
    });
    const { key } = requestMessages[type];
    return toMessage({
      exchange: exchanges.requests,
      routingKey: key,
      type,
      source: '/gateway',
      id,
      data,
      extensions: { dcmrequester: token },
    });
  }

  create(
    home: Home,
    body: Partial<CreateVmInput> = {},
    options: { id?: string; principal?: string } = {},
  ): Promise<OperationId> {
    return this.ask(home, 'io.dcm.vm.create.v1', aBody(home, body), options);
  }

  delete(home: Home, create: OperationId): Promise<OperationId> {
    return this.ask(home, 'io.dcm.vm.delete.v1', { vmId: vmIdOf(create) });
  }

  power(home: Home, create: OperationId, power: object = { action: 'OFF', mode: 'HARD' }): Promise<OperationId> {
    return this.ask(home, 'io.dcm.vm.power.v1', { vmId: vmIdOf(create), power });
  }

  resize(home: Home, create: OperationId, body: object, principal = 'dave'): Promise<OperationId> {
    return this.ask(home, 'io.dcm.vm.resize.v1', { vmId: vmIdOf(create), ...body }, { principal });
  }

  snapshot(home: Home, create: OperationId, what: 'create' | 'revert' | 'remove', body: object): Promise<OperationId> {
    return this.ask(home, `io.dcm.vm.snapshot.${what}.v1`, { vmId: vmIdOf(create), ...body });
  }

  cancel(home: Home, operationId: OperationId): Promise<Operation> {
    const actor = { principal: 'tina', tenantId: home.tenantId, roles: ['tenant-admin'] };
    return this.call('admin.operation.cancel', { operationId }, actor);
  }

  rows<T>(sql: string, parameters: unknown[] = []): Promise<T[]> {
    return this.database.source.query<T[]>(sql, parameters);
  }

  async operation(id: string): Promise<Operation | undefined> {
    return (await this.rows<{ doc: Operation }>('SELECT doc FROM approvals.operation WHERE id = $1', [id]))[0]?.doc;
  }

  async vm(create: OperationId): Promise<Vm | undefined> {
    const id = vmIdSchema.parse(vmIdOf(create));
    return (await this.rows<{ doc: Vm }>('SELECT doc FROM approvals.vm WHERE id = $1', [id]))[0]?.doc;
  }

  /** What the ledger holds for a VM. */
  async ledger(create: OperationId): Promise<'held' | 'used' | 'nothing'> {
    const found = await this.rows<{ state: 'held' | 'used' }>('SELECT state FROM approvals.ledger WHERE vm_id = $1', [
      vmIdOf(create),
    ]);
    return found[0]?.state ?? 'nothing';
  }

  /** What the ledger takes for a VM: vCPUs, MiB of memory, GiB of disk. */
  async amounts(create: OperationId): Promise<number[]> {
    const found = await this.rows<Record<string, string>>(
      'SELECT vcpus, memory_mib, disk_gib FROM approvals.ledger WHERE vm_id = $1',
      [vmIdOf(create)],
    );
    return Object.values(found[0] ?? {}).map(Number);
  }

  async approvalOf(id: OperationId): Promise<Approval> {
    const found = await this.rows<{ doc: Approval }>('SELECT doc FROM approvals.approval WHERE operation_id = $1', [
      id,
    ]);
    if (found[0] === undefined) throw new Error(`operation ${id} has no approval`);
    return found[0].doc;
  }

  /** Waits until an operation is in a state and gives it back. */
  async until(id: OperationId, state: OperationState, timeoutMs?: number): Promise<Operation> {
    let last: Operation | undefined;
    const isThere = async (): Promise<boolean> => {
      last = await this.operation(id);
      if (last !== undefined && last.state !== state && isFinal(last.state))
        throw new Error(`operation ended ${last.state}, not ${state}: ${JSON.stringify(last.error)}`);
      return last?.state === state;
    };
    await waitUntil(
      isThere,
      `operation ${id} to be ${state}; it is ${JSON.stringify(last ?? 'absent')}`,
      timeoutMs,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}; it is ${JSON.stringify(last)}`, { cause: error });
    });
    if (last === undefined) throw new Error('unreachable');
    return last;
  }

  deadLetters(): Promise<
    {
      reason: string;
      error: { code: string; message: string; details?: { pointer: string }[] } | null;
      message_id: string | null;
    }[]
  > {
    return this.rows('SELECT reason, error, message_id FROM approvals.dead_letter ORDER BY at');
  }

  /** What must hold after every test, whatever happened in it. */
  async assertInvariants(): Promise<void> {
    await assertInvariants((sql) => this.rows(sql));
  }
}

let counter = 0;

export const aBody = (home: Pick<Home, 'projectId'>, fields: Partial<CreateVmInput> = {}): CreateVmInput => {
  counter += 1;
  const body = {
    projectId: home.projectId,
    name: `vm-${counter}`,
    image: 'debian-12',
    size: 's',
    disks: [{ sizeGib: 10 }],
  };
  return { ...body, ...fields };
};
