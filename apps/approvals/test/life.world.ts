import { isFinal, type Effect, type HypervisorReason, type Operation, type OperationId } from '@dcm/contracts';
import { operationIdOf } from '@dcm/runtime';
import {
  aFailure,
  anError,
  anOperation,
  aPlan,
  aScene,
  aSite,
  aSuccess,
  aVm,
  createId,
  now,
  timing,
} from './scene.builder';
import { claim, type ControlVerb } from '../src/dispatch/claim.policy';
import type { Command } from '../src/dispatch/command.mapper';
import { dispatch } from '../src/dispatch/dispatch.policy';
import { Change } from '../src/operations/change';
import { repairLedger } from '../src/operations/ledger.policy';
import { observed, sendDueLooks } from '../src/operations/look.policy';
import { isClaimed, wakeAtOf, type OperationRecord } from '../src/operations/operation.entity';
import { attemptFailed, attemptSucceeded } from '../src/operations/outcome.policy';
import { askedAmounts } from '../src/operations/plan.mapper';
import { planAccepted } from '../src/operations/planning.policy';
import { cancel } from '../src/operations/stop.policy';
import { after } from '../src/operations/timing';
import { Admission } from '../src/policies/admission.policy';
import { LifeHypervisor } from './life.hypervisor';
import { LifeLedger } from './life.ledger';
import { askFor } from './life.requests';
import { outcomes, type Attempt, type Habit, type Step, type Wish } from './life.steps';
import { lookAtOf, type VmRecord } from '../src/operations/vm.entity';
import { wake } from '../src/operations/wake.policy';

/** The whole of it in memory: the pure core with its rows, one VM's hypervisor, and a clock. */
export class World {
  time = now;
  vm: VmRecord = aVm({}, { plan: null });
  readonly ledger = new LifeLedger(askedAmounts(aVm().doc));
  readonly exists = new LifeHypervisor();
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
    const change = this.newChange();
    work(change);
    this.vm = change.vm;
    for (const record of change.changedOperations) this.operations.set(record.doc.id, record);
    this.ledger.move(change.ledger);
    this.ledger.count(change.snapshotsToCount);
    this.sent.push(...change.commands);
    this.check();
  }

  private newChange(): Change {
    const operations = [...this.operations.values()];
    const { amounts } = this.ledger;
    return new Change(aScene({ now: this.time, vm: this.vm, operations, site: aSite(), amounts }));
  }

  /** What must hold after every single decision. */
  check(): void {
    const records = [...this.operations.values()];
    expect(records.filter(({ holdsVm }) => holdsVm).length).toBeLessThanOrEqual(1);
    for (const record of records) {
      const before = this.ended.get(record.doc.id);
      if (before !== undefined) expect(record.doc).toEqual(before);
      else if (isFinal(record.doc.state)) this.ended.set(record.doc.id, record.doc);
      else expect(wakeAtOf(record, timing)).not.toBeNull();
    }
    if (this.vm.doc.lifecycle === 'active') expect(this.ledger.state).toBe('used');
    if (this.exists.vm) this.coverSize();
    expect(repairLedger(this.newChange(), this.ledger.state === 'used')).toBeNull();
    // While it may be there, it is paid for.
    if (this.exists.vm && this.vm.isSettled && this.vm.doc.presence === 'present')
      expect(this.ledger.state).not.toBeNull();
  }

  private coverSize(): void {
    const { doc } = this.vm;
    if (doc.lifecycle === 'active' || doc.lifecycle === 'reconfiguring')
      this.ledger.expectToCover(doc, this.exists.size);
  }

  run(step: Step): void {
    if (step.do === 'wait') this.pass(step.ms);
    else if (step.do === 'work') this.work(step.habit);
    else if (step.do === 'plan') this.plan();
    else if (step.do === 'repeat') this.facts.at(-1)?.();
    else this.ask(step);
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
          dispatch(change, doc.id, new Admission([]));
        });
    }
    const lookAt = lookAtOf(this.vm);
    if (lookAt !== null && lookAt <= this.time) this.decide(sendDueLooks);
    this.answerLooks();
  }

  private answerLooks(): void {
    const looks = this.sent.filter(({ type }) => type.includes('.status.'));
    for (const look of looks) this.sent.splice(this.sent.indexOf(look), 1);
    for (const { data } of looks) {
      const { instanceId } = aSuccess();
      const { requestId } = data as { requestId: string };
      const statuses = this.exists.vm ? [this.exists.status()] : [];
      this.decide((change) => {
        observed(change, { instanceId, requestId, statuses, error: null });
      });
    }
  }

  private plan(): void {
    if (this.operations.get(createId)?.doc.state !== 'planning') return;
    this.decide((change) => {
      const policy = { kind: 'approve', rule: null } as const;
      planAccepted(change, createId, aPlan(), { quotaError: null, policy, price: null, quota: [] });
    });
  }

  private ask(step: Wish): void {
    this.asked += 1;
    const id = operationIdOf('life', String(this.asked));
    const [target] = this.open;
    this.decide((change) => {
      if (step.do !== 'cancel') askFor(change, id, step);
      else if (target !== undefined) cancel(change, target.doc.id, 'dave');
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
    if (this.mayBegin(taken)) this.behave(taken, habit);
  }

  private mayBegin(taken: Attempt): boolean {
    const verdict = this.verdict(taken, 'claim');
    if (verdict === 'stop') this.fail(taken, 'CANCELLED');
    return verdict === 'go';
  }

  private verdict({ operationId, attempt, worker }: Attempt, verb: ControlVerb): string {
    const verdicts: string[] = [];
    const site = this.vm.doc.site;
    this.decide((change) => {
      verdicts.push(claim(change, { site, operationId, attempt, worker }, verb).verdict);
    });
    return verdicts[0] ?? 'drop';
  }

  private behave(taken: Attempt, habit: Habit): void {
    const ways: Record<Habit, () => void> = {
      honest: () => {
        this.finish(taken);
      },
      silent: () => undefined,
      refused: () => {
        this.fail(taken, 'INVALID_SPEC');
      },
      unreachable: () => {
        this.fail(taken, 'SITE_UNREACHABLE');
      },
      // It did it and does not know.
      half: () => {
        this.act(taken);
        this.fail(taken, 'OUTCOME_UNKNOWN', 'UNKNOWN');
      },
      // A resize does one of two things; anything else is refused.
      part: () => {
        if (taken.kind === 'reconfigure') this.exists.takeHalf(taken.command);
        this.fail(taken, 'STORAGE_FULL', taken.kind === 'reconfigure' ? 'PARTIAL' : 'NONE');
      },
      // It never asks again; its last call ends within the longest time that a call takes after its lease.
      ghost: () => {
        this.in(timing.leaseMs + timing.callTimeoutMs - 1, () => {
          this.act(taken);
        });
      },
      echo: () => {
        this.echo(taken);
      },
      // It reports what it did, long after everybody gave it up.
      late: () => {
        this.in(timing.leaseMs / 2, () => {
          this.act(taken);
        });
        this.in(timing.leaseMs * 9, () => {
          this.report(taken);
        });
      },
      // It loses its claim in silence, tells nothing of what it did, and gets its message again.
      forgetful: () => {
        this.act(taken);
        this.in(timing.leaseMs / 3, () => {
          if (this.mayBegin(taken)) this.fail(taken, 'INVALID_SPEC');
        });
      },
      obedient: () => {
        this.in(timing.leaseMs / 3, () => {
          this.obey(taken);
        });
      },
    };
    ways[habit]();
  }

  /** It gives up, and what it began takes effect after all. It began nothing where it found the VM made already. */
  private echo(taken: Attempt): void {
    const began = !(taken.kind === 'provision' && this.exists.vm);
    this.fail(taken, 'OUTCOME_UNKNOWN', 'UNKNOWN');
    if (began) {
      this.in(timing.lateEffectWindowMs - 1, () => {
        this.change(taken);
      });
    }
  }

  private obey(taken: Attempt): void {
    const verdict = this.verdict(taken, 'renew');
    if (verdict === 'go') this.finish(taken);
    if (verdict === 'stop') this.fail(taken, 'CANCELLED');
  }

  private in(ms: number, run: () => void): void {
    this.later.push({ at: after(this.time, ms), run });
  }

  /** Nobody else may be at work at that time. */
  private act(taken: Attempt): void {
    const others = this.open.filter(
      (one) => isClaimed(one) && !(one.doc.id === taken.operationId && one.doc.attempt === taken.attempt),
    );
    expect(others).toEqual([]);
    this.change(taken);
  }

  private change({ command }: Attempt): void {
    this.exists.take(command);
  }

  private finish(taken: Attempt): void {
    if (this.exists.refuses(taken.command)) {
      this.fail(taken, 'SNAPSHOT_NOT_FOUND');
      return;
    }
    const wasThere = this.exists.vm;
    this.act(taken);
    this.report(taken, wasThere);
  }

  private report({ kind, operationId, attempt }: Attempt, wasThere = true): void {
    const outcome = wasThere || kind !== 'delete' ? outcomes[kind as keyof typeof outcomes] : 'absent';
    const fact = {
      ...aSuccess({ attempt, outcome, status: kind === 'delete' ? null : this.exists.status() }),
      operationId,
    };
    this.tell((change) => {
      attemptSucceeded(change, operationId, fact);
    });
  }

  private fail({ operationId, attempt }: Attempt, reason: HypervisorReason, effect: Effect = 'NONE'): void {
    const fact = { ...aFailure(anError(reason, effect), attempt), operationId };
    this.tell((change) => {
      attemptFailed(change, operationId, fact);
    });
  }

  /** Facts are remembered: the broker may deliver them again at any time. */
  private tell(take: (change: Change) => void): void {
    const fact = (): void => {
      this.decide(take);
    };
    this.facts.push(fact);
    fact();
  }
}
