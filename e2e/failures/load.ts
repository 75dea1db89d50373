import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { vmIdOf } from '@dcm/runtime';
import { Door, type Json } from './door';
import type { Random } from './random';
import type { FailureStack } from './stack';

/** What a caller was told is accepted. It must come to an end, whatever happens. */
export interface Accepted {
  readonly operationId: string;
  readonly kind: string;
}

export interface LoadCounts {
  accepted: number;
  /** Requests that had to be sent more than once. */
  repeated: number;
  refused: number;
  cancels: number;
}

export interface LoadShape {
  readonly users: number;
  readonly actions: number;
  readonly patienceMs: number;
  readonly isOver: () => boolean;
}

export type Action =
  'create' | 'publish' | 'power' | 'restart' | 'delete' | 'cancel' | 'hasty-delete' | 'resize' | 'snapshot';

/** @throws Error that names the action that is not there. */
export function actionsNamed(names: string): Action[] {
  const known = weights.many.map(([action]) => action);
  return names
    .split(',')
    .filter((name) => name !== '')
    .map((name) => {
      const action = known.find((one) => one === name);
      if (action === undefined) throw new Error(`there is no action ${name}; there are ${known.join(', ')}`);
      return action;
    });
}

/** So many VMs are enough; beyond them more are deleted than made. */
const enough = 10;
const weights: Readonly<Record<'few' | 'many', readonly (readonly [Action, number])[]>> = {
  few: [
    ['create', 40],
    ['publish', 12],
    ['power', 14],
    ['resize', 8],
    ['snapshot', 6],
    ['delete', 6],
    ['cancel', 8],
    ['hasty-delete', 8],
  ],
  many: [
    ['create', 12],
    ['publish', 4],
    ['power', 20],
    ['restart', 4],
    ['resize', 10],
    ['snapshot', 8],
    ['delete', 40],
    ['cancel', 6],
    ['hasty-delete', 6],
  ],
};

interface Made {
  readonly vmId: string;
  readonly operationId: string;
}

/** What an answer says is under way: one, or each of several equal ones. */
function madeOf({ id, operationId, batch }: Json): Made[] {
  const members = (batch as { operations: { id: string; vmId: string }[] } | null | undefined)?.operations;
  return (
    members?.map((member) => ({ vmId: member.vmId, operationId: member.id })) ?? [
      { vmId: String(id), operationId: String(operationId) },
    ]
  );
}

/** What the loads of one run share. */
export interface World {
  /** VMs that may be there, so that each finds some. */
  readonly vms: Set<string>;
  /** What nobody asks for: doors that this build does not have, or that a run is not about. */
  readonly closed: Set<Action>;
  /** What people do every other time. */
  readonly favours?: readonly Action[];
  /** What nobody does in this round. */
  readonly avoids?: readonly Action[];
}

/** People and programs who use the product, from outside and without giving up. */
export class Load {
  readonly accepted: Accepted[] = [];
  readonly counts: LoadCounts = { accepted: 0, repeated: 0, refused: 0, cancels: 0 };
  /** Answers that break a promise. */
  readonly complaints: string[] = [];
  private readonly vms: Set<string>;
  private readonly door: Door;
  private names = 0;

  constructor(
    private readonly stack: FailureStack,
    private readonly random: Random,
    private readonly world: World,
    private readonly label: string,
  ) {
    this.vms = world.vms;
    this.door = new Door(stack);
  }

  /** So many users at once. Resolves when each has done at least so much and it is over, or patience ends, and all is answered. */
  async run({ users, actions, patienceMs, isOver }: LoadShape): Promise<void> {
    const until = performance.now() + patienceMs;
    const goesOn = (done: number): boolean => done < actions || (!isOver() && performance.now() < until);
    await Promise.all(
      Array.from({ length: users }, async () => {
        for (let done = 0; goesOn(done); done += 1) await this.act();
      }),
    );
  }

  private async act(): Promise<void> {
    const action = this.choose();
    try {
      await this.carryOut(action);
    } catch (error) {
      this.complaints.push(`${action}: ${error instanceof Error ? error.message : String(error)}`);
    }
    await delay(this.random.whole(0, 120));
  }

  private choose(): Action {
    if (this.vms.size < 3) return this.random.next() < 0.8 || !this.isOpen('publish') ? 'create' : 'publish';
    const { favours = [] } = this.world;
    if (favours.length > 0 && this.random.next() < 0.5) return this.random.one(favours);
    const table = weights[this.vms.size < enough ? 'few' : 'many'].filter(([action]) => this.isOpen(action));
    let left = this.random.next() * table.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [action, weight] of table) if ((left -= weight) < 0) return action;
    return 'create';
  }

  private isOpen(action: Action): boolean {
    return !this.world.closed.has(action) && this.world.avoids?.includes(action) !== true;
  }

  private async carryOut(action: Action): Promise<void> {
    switch (action) {
      case 'create':
        await this.create();
        return;
      case 'publish':
        return this.publish();
      case 'cancel':
      case 'hasty-delete':
        return this.regret(action);
      case 'delete':
      case 'power':
      case 'resize':
      case 'restart':
      case 'snapshot':
        return this.change(action);
    }
  }

  private body(): Json {
    this.names += 1;
    const shape = this.random.one([
      { size: 'small' },
      { cpus: 2, memoryMib: 512 },
      { size: 'small', disks: [{ sizeGib: 9 }] },
    ]);
    return {
      projectId: this.random.one(this.stack.projectIds),
      name: `${this.label}-${this.names}`,
      image: 'debian-12',
      // Those that are off take more processors.
      poweredOn: this.random.next() < 0.5,
      ...shape,
    };
  }

  private key(): string {
    return `${this.label}-${this.names}-${this.random.whole(0, 1e9)}`;
  }

  private async create(): Promise<Made | undefined> {
    const isBatch = this.random.next() < 0.15;
    const body = { ...this.body(), ...(isBatch && { count: 2 }) };
    const key = this.key();
    const answer = await this.door.http('POST', '/v1/vms', body, key);
    if (!this.isAccepted(answer, 'vm.create')) return undefined;
    const all = madeOf(answer.body);
    for (const { vmId } of all) this.vms.add(vmId);
    if (this.random.next() < 0.1) await this.repeat(body, key, all);
    return all[0];
  }

  /** The same key again is the same answer. */
  private async repeat(body: Json, key: string, made: readonly Made[]): Promise<void> {
    const again = await this.door.http('POST', '/v1/vms', body, key);
    if (!isDeepStrictEqual(madeOf(again.body), made))
      this.complaints.push(`key ${key} was answered ${JSON.stringify(again)} after ${JSON.stringify(made)}`);
  }

  private async publish(): Promise<void> {
    const operationId = await this.door.publish('vm.create', this.key(), this.body());
    this.counts.accepted += 1;
    this.accepted.push({ operationId, kind: 'vm.create' });
    this.vms.add(vmIdOf(operationId as Parameters<typeof vmIdOf>[0]));
  }

  /** Takes back what was asked for a moment ago. */
  private async regret(action: 'cancel' | 'hasty-delete'): Promise<void> {
    const made = await this.create();
    if (made === undefined) return;
    await delay(this.random.whole(0, 900));
    if (action === 'hasty-delete') return this.remove(made.vmId);
    const answer = await this.door.http('POST', `/v1/operations/${made.operationId}/cancel`);
    this.counts.cancels += 1;
    if (answer.status !== 200 && answer.status !== 409 && answer.status !== 202) this.unexpected('cancel', answer);
  }

  private async remove(vmId: string): Promise<void> {
    const answer = await this.door.http('DELETE', `/v1/vms/${vmId}`, undefined, this.key());
    if (this.isAccepted(answer, 'vm.delete')) this.vms.delete(vmId);
  }

  private async change(action: Action): Promise<void> {
    const vmId = this.random.one([...this.vms]);
    if (action === 'delete') return this.remove(vmId);
    const [method, path, body] = this.wishOf(action);
    const answer = await this.door.http(method, `/v1/vms/${vmId}${path}`, body, this.key());
    if (answer.status === 405) this.world.closed.add(action);
    else this.isAccepted(answer, action);
  }

  private wishOf(action: Action): readonly [method: string, path: string, body: Json] {
    if (action === 'resize') {
      const shape = { cpus: this.random.whole(2, 4), memoryMib: 1024 * this.random.whole(2, 4) };
      return ['PATCH', '', shape];
    }
    if (action === 'snapshot') return ['POST', '/snapshots', { name: `s-${this.random.whole(0, 1e6)}` }];
    const power = action === 'restart' ? { action: 'RESTART', mode: 'HARD' } : undefined;
    const wish = power ?? this.random.one([{ action: 'OFF', mode: 'HARD' }, { action: 'ON' }]);
    return ['POST', '/power', wish];
  }

  private isAccepted(answer: { status: number; body: Json; sends: number }, kind: string): boolean {
    if (answer.sends > 1) this.counts.repeated += 1;
    if (answer.status !== 202) {
      this.counts.refused += 1;
      if (answer.status === 404) this.forgetUnknown(answer);
      else if (answer.status !== 409 && answer.status !== 422 && answer.status !== 412) this.unexpected(kind, answer);
      return false;
    }
    this.counts.accepted += 1;
    for (const { operationId } of madeOf(answer.body)) this.accepted.push({ operationId, kind });
    return true;
  }

  /** A VM of a message that is still on its way, or a door that is not built yet, is not there. */
  private forgetUnknown(answer: { body: Json }): void {
    if (this.vms.size > enough)
      for (const id of this.vms) if (JSON.stringify(answer.body).includes(id)) this.vms.delete(id);
  }

  private unexpected(kind: string, answer: { status: number; body: Json }): void {
    this.complaints.push(`${kind} was answered ${answer.status} ${JSON.stringify(answer.body)}`);
  }
}
