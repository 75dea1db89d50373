import {
  claimVerdictSchema,
  controlTypes,
  exchanges,
  factKind,
  mutationCommands,
  queues,
  siteKeys,
  type Claim,
  type ClaimVerdict,
  type ConsoleAnswer,
  type Fact,
  type FactType,
  type HypervisorErrorBody,
  type LookAnswer,
  type Plan,
  type PlanCommand,
  type StatusCommand,
  type StatusesCommand,
  type VmStatus,
} from '@dcm/contracts';
import { publishEvents, rpc, siteTopology, type Broker, type Consumer, type Delivery } from '@dcm/messaging';
import { aPlan, statusOf, type WorkCommand } from './provisioner.builder';
import { anError } from './scene.builder';

/** What a worker does with a command; returning ends the work, whatever it reported. */
type Act = (command: WorkCommand, type: string) => Promise<void>;

/** A site's provisioner as approvals sees it: it claims, reports and remembers which VMs exist, as a test tells it to. */
export class FakeProvisioner {
  /** Commands in the order in which they came. */
  readonly received: { readonly type: string; readonly data: WorkCommand & PlanCommand & StatusCommand }[] = [];
  /** How many VMs each command named that named several. */
  readonly pages: number[] = [];
  /** What stands on the hypervisor, by instance. A second VM of one instance would be a duplicate. */
  vms = new Map<string, VmStatus>();
  /** What went wrong in the fake itself. */
  readonly mishaps: unknown[] = [];
  plan: (command: PlanCommand) => Plan | HypervisorErrorBody | undefined = () => aPlan();
  act: Act = (command, type) => this.workAsAsked(command, type);
  /** undefined: the call is not answered. */
  console: () => ConsoleAnswer | undefined = () => undefined;
  /** How many VMs one command may name; undefined: as a provisioner that does not know that command. */
  looksAtOnce: number | undefined = 50;
  /** undefined: the look is not answered. */
  look: (command: StatusCommand) => VmStatus[] | HypervisorErrorBody | undefined = ({ instanceId }) => {
    const vm = this.vms.get(instanceId);
    return vm === undefined ? [] : [vm];
  };
  private readonly platform = 'vsphere';
  private readonly consumers: Consumer[] = [];

  constructor(
    readonly broker: Broker,
    readonly site: string,
    readonly worker = 'w1',
  ) {}

  async open(): Promise<this> {
    await this.broker.assertTopology(siteTopology(this.platform, this.site));
    const work = queues.provisioner(this.platform, this.site);
    const reads = queues.provisionerReads(this.platform, this.site);
    for (const queue of [work, reads]) {
      this.consumers.push(await this.broker.consume({ queue, prefetch: 64 }, (delivery) => void this.take(delivery)));
    }
    return this;
  }

  /** Keeps what a worker is told, until the test goes on with it. @returns it, as it comes */
  hold(): readonly WorkCommand[] {
    const held: WorkCommand[] = [];
    this.act = (command) => {
      held.push(command);
      return Promise.resolve();
    };
    return held;
  }

  async close(): Promise<void> {
    await Promise.all(this.consumers.map((consumer) => consumer.close()));
  }

  /** The work commands of one kind (`provision`), of one operation if it is given. */
  commands(kind: string, operationId?: string): WorkCommand[] {
    const type = `io.dcm.command.${kind}.v1`;
    return this.received
      .filter((one) => one.type === type && (operationId === undefined || one.data.operationId === operationId))
      .map(({ data }) => data);
  }

  async ask(
    verb: 'claim' | 'renew',
    { operationId, attempt, instanceId }: Pick<Claim, 'operationId' | 'attempt' | 'instanceId'>,
    worker = this.worker,
  ): Promise<ClaimVerdict> {
    const answer = await rpc(this.broker, {
      exchange: exchanges.control,
      routingKey: siteKeys.control(this.platform, this.site, verb),
      type: controlTypes[verb],
      data: { site: this.site, operationId, instanceId, attempt, worker },
      timeoutMs: 5_000,
    });
    return claimVerdictSchema.parse(answer);
  }

  async tell<T extends FactType>(
    type: T,
    data: Omit<Fact<T>, 'site' | 'platform' | 'worker'>,
    broker = this.broker,
  ): Promise<void> {
    const fact = { site: this.site, platform: this.platform, worker: this.worker, ...data };
    const routingKey = siteKeys.fact(this.platform, this.site, factKind(type));
    await publishEvents(broker, [{ exchange: exchanges.facts, routingKey, type, source: '/test', data: fact }]);
  }

  announce(sealingKey = ''): Promise<void> {
    const health = { reachable: true, loggedIn: true, missingPrivileges: [], detail: '', latencyMs: 1 };
    return this.tell('io.dcm.fact.announced.v1', {
      description: null,
      health,
      sealingKey,
      maxConcurrent: 8,
      looksAtOnce: this.looksAtOnce,
    });
  }

  succeed(command: WorkCommand, fields: Partial<Fact<'io.dcm.fact.succeeded.v1'>> = {}): Promise<void> {
    const { operationId, attempt, instanceId } = command;
    const status = fields.status === undefined ? statusOf(command) : fields.status;
    return this.tell('io.dcm.fact.succeeded.v1', {
      operationId,
      attempt,
      instanceId,
      outcome: 'created',
      ...fields,
      status,
    });
  }

  fail(command: WorkCommand, error: HypervisorErrorBody, fields: { resume?: string } = {}): Promise<void> {
    const { operationId, attempt, instanceId } = command;
    return this.tell('io.dcm.fact.failed.v1', { operationId, attempt, instanceId, error, status: null, ...fields });
  }

  progress(command: WorkCommand, percent: number, step: string, resume?: string): Promise<void> {
    const { operationId, attempt, instanceId } = command;
    const more = resume === undefined ? {} : { resume };
    return this.tell('io.dcm.fact.progress.v1', { operationId, attempt, instanceId, percent, step, ...more });
  }

  /** Makes a VM as a hypervisor does: at most one of each mark. */
  make(command: WorkCommand, fields: Partial<VmStatus> = {}): { status: VmStatus; outcome: 'created' | 'adopted' } {
    const found = this.vms.get(command.instanceId);
    const { cpus = 2, memoryMib = 2048, disks = [{ sizeGib: 10 }] } = command.vm?.spec ?? {};
    const status = found ?? statusOf(command, { cpus, memoryMib, disks, ...fields });
    this.vms.set(command.instanceId, status);
    return { status, outcome: found === undefined ? 'created' : 'adopted' };
  }

  /** Changes the size as asked: whatever the target names. */
  reconfigure(command: WorkCommand): void {
    const { cpus, memoryMib, disks } = command.target ?? {};
    this.change(command, {
      ...(cpus === undefined ? {} : { cpus }),
      ...(memoryMib === undefined ? {} : { memoryMib }),
      ...(disks === undefined ? {} : { disks }),
    });
  }

  /** Makes, reverts to or removes a snapshot: a revert leads back to the size of then. */
  workOnSnapshot(command: WorkCommand): void {
    const { action, name } = command.snapshot ?? { action: 'remove', name: '' };
    const { snapshots = [], ...vm } = this.vms.get(command.instanceId) ?? statusOf(command);
    const others = snapshots.filter((one) => one.name !== name).map((one) => ({ ...one, isCurrent: false }));
    const one = { name, createdAt: new Date().toISOString(), isCurrent: true };
    const listed = action === 'remove' ? others : [...others, one];
    const key = `${command.instanceId}/${name}`;
    if (action === 'create') this.sizes.set(key, { cpus: vm.cpus, memoryMib: vm.memoryMib, disks: vm.disks });
    this.change(command, { snapshots: listed, ...(action === 'revert' ? this.sizes.get(key) : {}) });
  }

  private readonly sizes = new Map<string, Pick<VmStatus, 'cpus' | 'memoryMib' | 'disks'>>();

  private change(command: WorkCommand, fields: Partial<VmStatus>): void {
    const found = this.vms.get(command.instanceId) ?? statusOf(command);
    this.vms.set(command.instanceId, { ...found, ...fields, observedAt: new Date().toISOString() });
  }

  private changeAsAsked(command: WorkCommand): void {
    const { action, target, snapshot } = command;
    if (action !== undefined) this.change(command, { power: action.action === 'OFF' ? 'off' : 'on' });
    if (target !== undefined) this.reconfigure(command);
    if (snapshot !== undefined) this.workOnSnapshot(command);
  }

  /** What an honest worker does. */
  async workAsAsked(command: WorkCommand, type: string): Promise<void> {
    const verdict = await this.ask('claim', command);
    if (verdict.verdict === 'drop') return;
    if (verdict.verdict === 'stop') return this.fail(command, anError('CANCELLED'));
    if (type.includes('provision')) return this.succeed(command, this.make(command));
    if (type.includes('delete')) {
      const outcome = this.vms.delete(command.instanceId) ? 'deleted' : 'absent';
      return this.succeed(command, { outcome, status: null });
    }
    this.changeAsAsked(command);
    return this.succeed(command, { outcome: 'changed', status: this.vms.get(command.instanceId) ?? statusOf(command) });
  }

  private async take(delivery: Delivery): Promise<void> {
    const type = delivery.message.type ?? '';
    const { data } = JSON.parse(delivery.message.body.toString('utf8')) as {
      data: WorkCommand & PlanCommand & StatusCommand;
    };
    try {
      if (!type.includes('.statuses.')) this.received.push({ type, data });
      if (type.includes('.statuses.')) await this.answerLooks(data as unknown as StatusesCommand);
      else if (type.includes('.plan.')) await this.answerPlan(data);
      else if (type.includes('.status.')) await this.answerLook(data);
      else if (type.includes('.console.')) await this.answerConsole(delivery);
      else if (type.includes('.quote.')) await this.answerQuote(delivery, data);
      else if (Object.hasOwn(mutationCommands, type)) await this.act(data, type);
    } catch (error) {
      this.mishaps.push(error);
    } finally {
      delivery.ack();
    }
  }

  private async answerQuote({ message }: Delivery, command: PlanCommand): Promise<void> {
    const plan = this.plan(command);
    if (plan === undefined) return;
    const answer = 'reason' in plan ? { ok: false, error: plan } : { ok: true, value: plan };
    const body = Buffer.from(JSON.stringify({ ok: true, value: answer }));
    await this.broker.reply(message, { type: 'io.dcm.answer.v1', contentType: 'application/json', body });
  }

  private async answerConsole({ message }: Delivery): Promise<void> {
    const value = this.console();
    if (value === undefined) return;
    const body = Buffer.from(JSON.stringify({ ok: true, value }));
    await this.broker.reply(message, { type: 'io.dcm.answer.v1', contentType: 'application/json', body });
  }

  private async answerPlan(command: PlanCommand): Promise<void> {
    const plan = this.plan(command);
    if (plan === undefined) return;
    const result = 'reason' in plan ? ({ ok: false, error: plan } as const) : ({ ok: true, plan } as const);
    const { operationId, replaces } = command;
    await this.tell('io.dcm.fact.planned.v1', { operationId, replaces, result });
  }

  private async answerLook(command: StatusCommand): Promise<void> {
    const answer = this.answerTo(command);
    if (answer !== undefined) await this.tell('io.dcm.fact.observed.v1', answer);
  }

  /** Remembered as if each had come alone. */
  private async answerLooks({ requestId, site, looks }: StatusesCommand): Promise<void> {
    this.pages.push(looks.length);
    const answers = looks.flatMap((look) => {
      const command = { site, ...look };
      this.received.push({
        type: 'io.dcm.command.status.v1',
        data: command as unknown as WorkCommand & PlanCommand & StatusCommand,
      });
      return this.answerTo(command) ?? [];
    });
    if (answers.length > 0) await this.tell('io.dcm.fact.statuses.v1', { requestId, answers });
  }

  private answerTo(command: StatusCommand): LookAnswer | undefined {
    const { requestId, instanceId } = command;
    const seen = this.look(command);
    if (seen === undefined) return undefined;
    const answer = Array.isArray(seen) ? { statuses: seen, error: null } : { statuses: [], error: seen };
    return { requestId, instanceId, ...answer };
  }
}
