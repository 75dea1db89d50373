import fc from 'fast-check';
import {
  isFinal,
  type Fact,
  type HypervisorReason,
  type Operation,
  type OperationId,
  type OperationState,
  type VmStatus,
} from '@dcm/contracts';
import { operationIdOf } from '@dcm/runtime';
import {
  anError,
  anOperation,
  aPlan,
  aScene,
  aSite,
  aStatus,
  aVm,
  createId,
  now,
  projectId,
  tenantId,
  timing,
  vmId,
} from '../../test/scene.builder';
import { claim } from '../dispatch/claim.policy';
import type { Command } from '../dispatch/command.mapper';
import { dispatch } from '../dispatch/dispatch.policy';
import { askDelete, askPower } from '../requests/change.policy';
import { Change } from './change';
import { observed, sendDueLooks } from './look.policy';
import { wakeAtOf, type OperationRecord } from './operation.entity';
import { attemptFailed, attemptSucceeded } from './outcome.policy';
import { planAccepted } from './planning.policy';
import { cancel } from './stop.policy';
import { after } from './timing';
import { lookAtOf, type VmRecord } from './vm.entity';
import { wake } from './wake.policy';

/** What a worker may do with an attempt that it took. */
type Habit = 'honest' | 'silent' | 'late' | 'refused' | 'unreachable' | 'half' | 'ghost' | 'obedient';
const habits: readonly Habit[] = ['honest', 'silent', 'late', 'refused', 'unreachable', 'half', 'ghost', 'obedient'];
type Step =
  | { readonly do: 'work'; readonly habit: Habit }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'cancel' | 'delete' | 'power' | 'repeat' | 'plan' };

/** One attempt in a worker's hands. */
interface Attempt {
  readonly command: Command;
  readonly operationId: OperationId;
  readonly attempt: number;
  readonly kind: string;
  /** One process works on an attempt once: a second copy that it gets joins the first, one that another gets is another worker's. */
  readonly worker: string;
}

/** The whole of it in memory: the pure core with its rows, one VM's hypervisor, and a clock. */
class World {
  time = now;
  vm: VmRecord = aVm({}, { plan: null });
  ledger: 'held' | 'used' | null = 'held';
  readonly exists = { vm: false, wasTwice: false };
  private operations = new Map<string, OperationRecord>();
  private readonly ended = new Map<string, Operation>();
  private readonly sent: Command[] = [];
  private readonly later: { at: Date; run: () => void }[] = [];
  private readonly facts: (() => void)[] = [];
  private asked = 0;
  private workers = 0;

  constructor() {
    const planning = anOperation({ state: 'planning' }, { nextAt: null, sends: 1 });
    this.operations.set(createId, planning);
  }

  get open(): OperationRecord[] {
    return [...this.operations.values()].filter(({ doc }) => !isFinal(doc.state));
  }

  /** A decision under the VM's lock, stored as the repository does. */
  decide(work: (change: Change) => void): void {
    const operations = [...this.operations.values()];
    const change = new Change(aScene({ now: this.time, vm: this.vm, operations, site: aSite() }));
    work(change);
    this.vm = change.vm;
    for (const record of change.changedOperations) this.operations.set(record.doc.id, record);
    if (change.ledger?.kind === 'use') this.ledger = this.ledger === null ? null : 'used';
    if (change.ledger?.kind === 'release') this.ledger = null;
    if (change.ledger?.kind === 'rehold') this.ledger = 'used';
    this.sent.push(...change.commands);
    this.check();
  }

  /** What must hold after every single decision. */
  check(): void {
    const records = [...this.operations.values()];
    expect(records.filter(({ holdsVm }) => holdsVm).length).toBeLessThanOrEqual(1);
    expect(this.exists.wasTwice).toBe(false);
    for (const record of records) {
      const before = this.ended.get(record.doc.id);
      if (before !== undefined) expect(record.doc).toEqual(before);
      else if (isFinal(record.doc.state)) this.ended.set(record.doc.id, record.doc);
      else expect(wakeAtOf(record, timing)).not.toBeNull();
    }
    if (this.vm.doc.lifecycle === 'active') expect(this.ledger).toBe('used');
    // While it may be there, it is paid for.
    if (this.exists.vm && this.vm.isSettled && this.vm.doc.presence === 'present') expect(this.ledger).not.toBeNull();
  }

  run(step: Step): void {
    if (step.do === 'wait') this.pass(step.ms);
    else if (step.do === 'work') this.work(step.habit);
    else if (step.do === 'plan') this.plan();
    else if (step.do === 'repeat') this.facts.at(-1)?.();
    else this.ask(step.do);
    this.tick();
  }

  /** Time passes until nothing is left to do; whoever works is honest. */
  settle(): void {
    for (let round = 0; round < 400 && !this.isQuiet(); round++) {
      this.plan();
      this.work('honest');
      this.tick();
      this.pass(20_000);
    }
  }

  isQuiet(): boolean {
    return this.open.length === 0 && this.later.length === 0 && lookAtOf(this.vm) === null;
  }

  private pass(ms: number): void {
    const until = after(this.time, ms);
    while (this.time < until) {
      this.time = after(this.time, Math.min(5_000, until.getTime() - this.time.getTime()));
      for (const due of this.later.splice(0)) {
        if (due.at <= this.time) due.run();
        else this.later.push(due);
      }
      this.tick();
    }
  }

  /** The sweeper and the dispatcher. */
  private tick(): void {
    for (const record of this.open) {
      const at = wakeAtOf(record, timing);
      if (at !== null && at <= this.time)
        this.decide((change) => {
          wake(change, record.doc.id);
        });
    }
    for (const { doc, nextAt } of this.open) {
      const isDue = doc.state === 'queued' && nextAt !== null && nextAt <= this.time;
      if (isDue)
        this.decide((change) => {
          dispatch(change, doc.id);
        });
    }
    const lookAt = lookAtOf(this.vm);
    if (lookAt !== null && lookAt <= this.time) this.decide(sendDueLooks);
    this.answerLooks();
  }

  private answerLooks(): void {
    for (const { type, data } of this.sent.filter((command) => command.type.includes('.status.'))) {
      const { requestId } = data as { requestId: string };
      expect(type).toBe('io.dcm.command.status.v1');
      const fact = {
        ...this.witness(),
        requestId,
        instanceId: vmId,
        statuses: this.exists.vm ? [aStatus()] : [],
        error: null,
      };
      this.decide((change) => {
        observed(change, fact as Fact<'io.dcm.fact.observed.v1'>);
      });
    }
    this.sent.splice(0, this.sent.length, ...this.sent.filter((command) => !command.type.includes('.status.')));
  }

  private plan(): void {
    if (this.operations.get(createId)?.doc.state !== 'planning') return;
    this.decide((change) => {
      planAccepted(change, createId, aPlan(), { quotaError: null, reasonsToAsk: [] });
    });
  }

  private ask(what: 'cancel' | 'delete' | 'power'): void {
    this.asked += 1;
    const id = operationIdOf('life', String(this.asked));
    const base = { id, tenantId, requester: 'dave', payloadSha256: '', traceparent: null };
    const [target] = this.open;
    if (what === 'delete')
      this.decide((change) => {
        askDelete(change, { ...base, kind: 'vm.delete' });
      });
    else if (what === 'power')
      this.decide((change) => {
        askPower(change, { ...base, kind: 'vm.power', power: { action: 'ON' } });
      });
    else if (target !== undefined)
      this.decide((change) => {
        cancel(change, target.doc.id, 'dave');
      });
  }

  /** A worker takes the oldest message. */
  private work(habit: Habit): void {
    const command = this.sent.find(({ type }) => !type.includes('.plan.') && !type.includes('.status.'));
    if (command === undefined) return;
    this.sent.splice(this.sent.indexOf(command), 1);
    const { operationId, attempt } = command.data as { operationId: OperationId; attempt: number };
    this.workers += 1;
    const worker = `w${this.workers}`;
    const taken = { command, operationId, attempt, kind: command.type.split('.')[3] ?? '', worker };
    const verdict = this.verdict(taken);
    if (verdict === 'drop') return;
    if (verdict === 'stop') this.fail(taken, 'CANCELLED');
    else this.behave(taken, habit);
  }

  private verdict({ operationId, attempt, worker }: Attempt): string {
    const verdicts: string[] = [];
    const site = this.vm.doc.site;
    this.decide((change) => {
      verdicts.push(claim(change, { site, operationId, attempt, worker }).verdict);
    });
    return verdicts[0] ?? 'drop';
  }

  private behave(taken: Attempt, habit: Habit): void {
    if (habit === 'honest') this.finish(taken);
    if (habit === 'refused') this.fail(taken, 'INVALID_SPEC');
    if (habit === 'unreachable') this.fail(taken, 'SITE_UNREACHABLE');
    if (habit === 'half') this.failHalfway(taken);
    // It never asks again; its last call ends within the longest time that a call takes after its lease.
    if (habit === 'ghost')
      this.in(timing.leaseMs + timing.callTimeoutMs - 1, () => {
        this.act(taken);
      });
    // It reports what it did, long after everybody gave it up.
    if (habit === 'late') {
      this.in(timing.leaseMs / 2, () => {
        this.act(taken);
      });
      this.in(timing.leaseMs * 9, () => {
        this.report(taken);
      });
    }
    if (habit === 'obedient')
      this.in(timing.leaseMs / 3, () => {
        const verdict = this.verdict(taken);
        if (verdict === 'go') this.finish(taken);
        if (verdict === 'stop') this.fail(taken, 'CANCELLED');
      });
  }

  private in(ms: number, run: () => void): void {
    this.later.push({ at: after(this.time, ms), run });
  }

  private act({ kind }: Attempt): void {
    if (kind === 'provision') this.exists.vm = true;
    if (kind === 'delete') this.exists.vm = false;
  }

  private finish(taken: Attempt): void {
    const wasThere = this.exists.vm;
    this.act(taken);
    this.report(taken, wasThere);
  }

  private report({ kind, operationId, attempt }: Attempt, wasThere = true): void {
    const status: VmStatus | null = kind === 'delete' ? null : aStatus();
    const outcomes = { provision: 'created', delete: wasThere ? 'deleted' : 'absent', power: 'changed' } as const;
    const outcome = outcomes[kind as keyof typeof outcomes];
    const fact = { ...this.witness(), operationId, attempt, instanceId: vmId, status, outcome };
    this.tell(() => {
      this.decide((change) => {
        attemptSucceeded(change, operationId, fact as Fact<'io.dcm.fact.succeeded.v1'>);
      });
    });
  }

  private fail(
    { operationId, attempt }: Attempt,
    reason: HypervisorReason,
    effect: 'NONE' | 'PARTIAL' | 'UNKNOWN' = 'NONE',
  ): void {
    const fact = {
      ...this.witness(),
      operationId,
      attempt,
      instanceId: vmId,
      status: null,
      error: anError(reason, effect),
    };
    this.tell(() => {
      this.decide((change) => {
        attemptFailed(change, operationId, fact as Fact<'io.dcm.fact.failed.v1'>);
      });
    });
  }

  private failHalfway(taken: Attempt): void {
    this.act(taken);
    this.fail(taken, 'OUTCOME_UNKNOWN', 'UNKNOWN');
  }

  /** Facts are remembered: the broker may deliver them again at any time. */
  private tell(fact: () => void): void {
    this.facts.push(fact);
    fact();
  }

  private witness(): object {
    return { site: this.vm.doc.site, platform: this.vm.doc.platform, worker: 'w', projectId };
  }
}

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...habits).map((habit) => ({ do: 'work', habit }) as const) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(1_000, 30_000, 50_000, 110_000, 600_000, 4_000_000)
      .map((ms) => ({ do: 'wait', ms }) as const),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom('cancel', 'delete', 'power', 'repeat', 'plan').map((what) => ({ do: what }) as const),
  },
);

describe('the life of a VM, whatever happens', () => {
  it('ends every operation once, pays for what exists, and leaves no orphan', () => {
    const runs = Number(process.env['DCM_TEST_RUNS'] ?? 300);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const world = new World();
        for (const one of steps) world.run(one);
        world.settle();
        expect(world.isQuiet()).toBe(true);
        const { lifecycle } = world.vm.doc;
        const states = new Set<OperationState>(world.open.map(({ doc }) => doc.state));
        expect([...states]).toEqual([]);
        expect(lifecycle === 'active').toBe(world.exists.vm);
        expect(world.ledger).toBe(world.exists.vm ? 'used' : null);
      }),
      { numRuns: runs, verbose: true },
    );
  });
});
