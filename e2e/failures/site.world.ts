import { witnessOf, type SeenVm, type Witness } from '../invariants/witness';
import { Door, type Answer, type Json } from './door';
import type { SiteGround } from './grounds/site.ground';
import { until } from './patience';
import type { FailureStack } from './stack';
import type { Subject } from './subject';

/** A VM that was asked for. */
export interface Asked {
  readonly vmId: string;
  readonly operationId: string;
}

/** Every site of a stack, so that one story happens on all platforms at once. */
export class SiteWorlds {
  readonly all: readonly SiteWorld[];

  constructor(private readonly stack: FailureStack) {
    this.all = stack.sites.map((ground) => new SiteWorld(stack, ground));
  }

  /** @throws Error that says what failed on which platform. */
  async each(story: (site: SiteWorld) => Promise<void>): Promise<void> {
    const results = await Promise.allSettled(this.all.map((site) => story(site)));
    const failures = results.flatMap((result, index) =>
      result.status === 'rejected' ? [`${this.all[index]?.platform ?? ''}: ${String(result.reason)}`] : [],
    );
    if (failures.length > 0) throw new Error(failures.join('\n'));
  }

  /** Nothing goes wrong any more, and everybody is there. */
  async mend(): Promise<void> {
    for (const { ground } of this.all) ground.wire.mend();
    for (const one of this.stack.subjects) one.kill('SIGCONT');
    await this.stack.ready();
  }

  close(): void {
    for (const site of this.all) site.close();
  }
}

let names = 0;

/** One site as its users, its provisioners and somebody who looks at its hypervisor see it. */
export class SiteWorld {
  readonly platform: string;
  private readonly door: Door;
  private readonly witness: Witness;

  /** @throws Error when nobody else's client can look at the site. */
  constructor(
    private readonly stack: FailureStack,
    readonly ground: SiteGround,
  ) {
    this.platform = ground.platform;
    this.door = new Door(stack);
    const witness = witnessOf(ground.stackSite);
    if (witness === undefined) throw new Error(`nobody can look at ${ground.name}`);
    this.witness = witness;
  }

  close(): void {
    this.witness.close();
  }

  async create(body: Json = {}): Promise<Asked> {
    names += 1;
    const { [this.ground.name]: projectId } = this.stack.file.projects;
    const wish = { projectId, name: `q-${names}`, image: 'debian-12', size: 'small', ...body };
    const answer = await this.door.http('POST', '/v1/vms', wish, `key-${names}`);
    const { id, operationId } = accepted(answer);
    return { vmId: String(id), operationId: String(operationId) };
  }

  /** A VM that stands. */
  async made(body: Json = {}): Promise<Asked> {
    const asked = await this.create(body);
    const { state, error } = await this.ended(asked.operationId);
    if (state !== 'succeeded') throw new Error(`a create ended ${String(state)}: ${JSON.stringify(error)}`);
    return asked;
  }

  /** @returns the operation when it has ended. */
  delete(vmId: string): Promise<Json> {
    return this.endOf(this.door.http('DELETE', `/v1/vms/${vmId}`));
  }

  /** @returns the operation when it has ended. */
  resize(vmId: string, size: Json): Promise<Json> {
    return this.endOf(this.door.http('PATCH', `/v1/vms/${vmId}`, size));
  }

  async cancel(operationId: string): Promise<void> {
    await this.door.http('POST', `/v1/operations/${operationId}/cancel`);
  }

  async operation(operationId: string): Promise<Json> {
    return (await this.door.http('GET', `/v1/operations/${operationId}`)).body;
  }

  ended(operationId: string): Promise<Json> {
    return until(`operation ${operationId} ends`, 60_000, async () => {
      const operation = await this.operation(operationId);
      return operation['done'] === true ? operation : undefined;
    });
  }

  async vm(vmId: string): Promise<Json> {
    return (await this.door.http('GET', `/v1/vms/${vmId}`)).body;
  }

  /** Every VM on the hypervisor that bears the mark of this one. */
  async seen(vmId: string): Promise<SeenVm[]> {
    return (await this.witness.marked()).filter(({ instance }) => instance === vmId);
  }

  async untilGone(vmId: string): Promise<void> {
    await until(`VM ${vmId} is gone`, 60_000, async () => ((await this.seen(vmId)).length === 0 ? true : undefined));
  }

  /**
   * Makes whichever provisioner comes first to the place stand still there; the others go on.
   * @returns waits until one stands still, and says which.
   */
  async freezeFirst(point: string, ms: number): Promise<() => Promise<Subject>> {
    const before = this.provisioners.map((one) => one.fired().length);
    await Promise.all(this.provisioners.map((one) => one.arm(`${point}:1:freeze=${ms}`)));
    return async () => {
      const first = await until(`a provisioner of ${this.platform} stands still`, 30_000, () =>
        this.provisioners.find((one, index) => one.fired().length > (before[index] ?? 0)),
      );
      await Promise.all(this.provisioners.filter((one) => one !== first).map((one) => one.arm('')));
      return first;
    };
  }

  /** @returns a create whose first changing call the hypervisor has just taken, and whose worker stands still for so long. */
  async beginning(ms: number): Promise<Asked> {
    const begun = await this.freezeFirst('work.sent', ms);
    const asked = await this.create();
    await begun();
    return asked;
  }

  private get provisioners(): readonly Subject[] {
    return this.stack.provisioners.filter(({ name }) => name.startsWith(`provisioner-${this.platform}-`));
  }

  private async endOf(answer: Promise<Answer>): Promise<Json> {
    return this.ended(String(accepted(await answer)['operationId']));
  }
}

/** @throws Error unless the request was accepted. */
function accepted({ status, body }: Answer): Json {
  if (status !== 202) throw new Error(`a request was answered ${status}: ${JSON.stringify(body)}`);
  return body;
}
