import { DcmError, type HypervisorErrorBody } from '@dcm/contracts';
import { DispatchService } from '../../src/dispatch/dispatch.service';
import { LedgerSweeper } from '../../src/operations/ledger.sweeper';
import { SweepService } from '../../src/operations/sweep.service';
import { anError, aPlan } from '../scene.builder';
import { Doors, type Message } from './doors';
import { openHome, type InterleavingHome } from './home';
import { Hypervisor, type Sent } from './hypervisor';
import type { InterleavingRoom } from './room';
import type { Fate, Habit, Step } from './steps';
import { finalWrongs, recordsOf, wrongs, type Records } from './truth';
import { Wishes, type Wish } from './wishes';

/** A tenant whose requests, decisions, facts and crashes come in one order: everything that approvals does about it, over PostgreSQL. */
export class World {
  private readonly real = new Hypervisor();
  private readonly commands: Sent[] = [];
  /** Whatever was delivered may be delivered again. */
  private readonly delivered: Message[] = [];
  /** What nobody acked is delivered again. */
  private readonly unacked: Message[] = [];
  private readonly later: { readonly at: number; readonly run: () => Promise<void> }[] = [];
  private readonly doors: Doors;
  private readonly wishes: Wishes;
  private workers = 0;
  private time = 0;
  private version = 1;

  private constructor(
    private readonly room: InterleavingRoom,
    private readonly home: InterleavingHome,
  ) {
    this.doors = new Doors(room, home, this.real);
    this.wishes = new Wishes(this.doors, home);
  }

  static async open(room: InterleavingRoom, isRaising: boolean): Promise<World> {
    return new World(room, await openHome(room, isRaising));
  }

  /** VMs that stand there before anything happens. */
  async begin(count: number): Promise<void> {
    for (let made = 0; made < count; made++) await this.ask({ do: 'create', cpus: 1, gib: 5, count: 1, fate: 'once' });
    await this.workAll();
  }

  /** @throws Error with what is wrong after a step. */
  async run(step: Step): Promise<void> {
    await this.act(step);
    await this.room.get(DispatchService).dispatchSite(this.home.site);
    await this.collect();
    this.assertNone(wrongs(await this.records(), this.real), step);
  }

  /** Time passes, all is delivered, and whoever works is honest, until nothing is left to do. @throws Error with what is wrong then. */
  async settle(): Promise<void> {
    for (let round = 0; round < 80; round++) {
      for (const message of this.unacked.splice(0)) await this.deliver(message, 'once');
      await this.decideAll();
      await this.workAll();
      const records = await this.records();
      this.assertNone(wrongs(records, this.real), 'settling');
      if (this.isQuiet(records)) break;
      await this.pass(30_000);
    }
    this.assertNone(finalWrongs(await this.records(), this.real), 'settled');
  }

  private isQuiet({ open, vms }: Records): boolean {
    return (
      open.length === 0 && this.commands.length === 0 && this.later.length === 0 && vms.every((vm) => !vm.isLooked)
    );
  }

  private records(): Promise<Records> {
    return recordsOf(this.room, this.home.tenantId);
  }

  private assertNone(found: readonly string[], at: unknown): void {
    if (found.length > 0) throw new Error(`${found.join('; ')} (after ${JSON.stringify(at)})`);
  }

  private async act(step: Step): Promise<void> {
    if (step.do === 'wait') await this.pass(step.ms);
    else if (step.do === 'new-image') this.version += 1;
    else if (step.do === 'tick') await this.deliver(() => this.tick(), step.fate);
    else if (step.do === 'work') await this.work(step);
    else if (step.do === 'decide') await this.decide(step);
    else if (step.do === 'again') {
      const message = this.delivered.at(-1 - step.nth);
      if (message !== undefined) await this.deliver(message, step.fate);
    } else await this.ask(step);
  }

  /** What a door refuses with a reason is an answer; what dies comes again. */
  private async deliver(message: Message, fate: Fate): Promise<void> {
    this.delivered.push(message);
    const cut = fate === 'after-commit' || typeof fate === 'object' ? fate : null;
    if (await this.room.dying(cut, () => answered(message))) this.unacked.push(message);
    if (fate === 'twice') await answered(message);
  }

  private async ask(wish: Wish): Promise<void> {
    const message = this.wishes.messageOf(wish, await this.records());
    if (message !== undefined) await this.deliver(message, wish.fate);
  }

  private async decide({ nth, approve, isStale, fate }: Extract<Step, { do: 'decide' }>): Promise<void> {
    const pending = (await this.records()).approvals.filter(({ state }) => state === 'pending');
    const approval = pending[nth % Math.max(1, pending.length)];
    if (approval === undefined) return;
    await this.deliver(() => this.doors.decide(approval, approve, isStale), fate);
    if (!isStale || !approve) return;
    const after = (await this.records()).approvals.find(({ id }) => id === approval.id);
    this.assertNone(after?.state === 'approved' ? ['an approval was taken that signs another plan'] : [], 'decide');
  }

  private async decideAll(): Promise<void> {
    for (const approval of (await this.records()).approvals.filter(({ state }) => state === 'pending')) {
      await answered(() => this.doors.decide(approval, true, false));
    }
  }

  /** The dispatcher and the sweeper. */
  private async tick(): Promise<void> {
    await this.room.get(DispatchService).dispatchSite(this.home.site);
    await this.room.get(SweepService).sweep();
    const repaired = await this.room.get(LedgerSweeper).sweep();
    this.assertNone(repaired > 0 ? [`the ledger was wrong about ${repaired} VMs`] : [], 'compared with VMs at rest');
  }

  private async pass(ms: number): Promise<void> {
    await this.room.shift(ms);
    this.time += ms;
    for (const due of this.later.splice(0)) {
      if (due.at <= this.time) await due.run();
      else this.later.push(due);
    }
    await this.tick();
    await this.collect();
  }

  /** Takes what was committed for the site's queues. */
  private async collect(): Promise<void> {
    const taken = await this.room.rows<{ body: Buffer; type: string }>(
      'SELECT type, body FROM approvals.outbox WHERE routing_key LIKE $1 ORDER BY seq',
      [`%.${this.home.site}%`],
    );
    if (taken.length === 0) return;
    await this.room.rows('DELETE FROM approvals.outbox');
    for (const { type, body } of taken) {
      const { data } = JSON.parse(body.toString('utf8')) as Pick<Sent, 'data'>;
      // Each look is answered in its own time, or not.
      const looks = data.looks?.map((look) => ({ type: 'io.dcm.command.status.v1', data: look }));
      this.commands.push(...(looks ?? [{ type, data }]));
    }
  }

  private async workAll(): Promise<void> {
    for (let turn = 0; turn < 30; turn++) {
      await this.tick();
      await this.collect();
      if (this.commands.length === 0) return;
      await this.work({ do: 'work', nth: 0, habit: 'honest', fate: 'once' });
    }
  }

  /** Somebody takes a command. */
  private async work({ nth, habit, fate }: Extract<Step, { do: 'work' }>): Promise<void> {
    const [sent] = this.commands.splice(nth % Math.max(1, this.commands.length), 1);
    if (sent === undefined) return;
    if (sent.type.includes('.plan.')) await this.plan(sent, habit, fate);
    else if (sent.type.includes('.status.')) {
      if (habit !== 'silent') await this.deliver(await this.doors.observed(sent), fate);
    } else {
      this.workers += 1;
      const verdict = await this.doors.claim(sent, `w${this.workers}`);
      if (verdict === 'stop') await this.fail(sent, anError('CANCELLED', 'NONE'), fate);
      else if (verdict === 'go') await this.behave(sent, habit, fate);
    }
    await this.collect();
  }

  private async plan(sent: Sent, habit: Habit, fate: Fate): Promise<void> {
    if (habit === 'silent' || habit === 'ghost') return;
    const image = { name: 'debian-12', nativeId: 'tpl', version: String(this.version) };
    const plan = habit === 'refused' ? anError('INVALID_SPEC', 'NONE') : aPlan({ image, diskGib: 1 });
    await this.deliver(this.doors.planned(sent, plan), fate);
  }

  private async behave(sent: Sent, habit: Habit, fate: Fate): Promise<void> {
    const ways: Readonly<Record<Habit, () => Promise<void>>> = {
      honest: () => this.finish(sent, fate),
      silent: () => Promise.resolve(),
      refused: () => this.fail(sent, anError('INVALID_SPEC', 'NONE'), fate),
      'site-down': () => this.fail(sent, anError('SITE_UNREACHABLE', 'NONE'), fate),
      'unknown-undone': () => this.fail(sent, anError('OUTCOME_UNKNOWN', 'UNKNOWN'), fate),
      'unknown-done': async () => {
        await this.change(sent);
        await this.fail(sent, anError('OUTCOME_UNKNOWN', 'UNKNOWN'), fate);
      },
      half: async () => {
        this.real.takeHalf(sent);
        await this.fail(sent, anError('STORAGE_FULL', sent.data.target === undefined ? 'NONE' : 'PARTIAL'), fate);
      },
      // Its last call ends within the longest time that a call takes after its lease.
      ghost: () => this.in(34_000, () => this.change(sent)),
      // It did it in time, and says so long after.
      late: async () => {
        await this.change(sent);
        await this.in(100_000, () => this.report(sent, 'once'));
      },
    };
    await ways[habit]();
  }

  private in(ms: number, run: () => Promise<void>): Promise<void> {
    this.later.push({ at: this.time + ms, run });
    return Promise.resolve();
  }

  private async finish(sent: Sent, fate: Fate): Promise<void> {
    if (this.real.refuses(sent)) {
      await this.fail(
        sent,
        anError(sent.data.snapshot === undefined ? 'VM_NOT_FOUND' : 'SNAPSHOT_NOT_FOUND', 'NONE'),
        fate,
      );
      return;
    }
    const wasThere = this.real.vms.has(sent.data.instanceId);
    await this.change(sent);
    await this.report(sent, fate, wasThere);
  }

  /** Nobody else may be at work on the VM then. */
  private async change(sent: Sent): Promise<void> {
    const { instanceId, operationId, attempt } = sent.data;
    const others = await this.room.rows(
      `SELECT id FROM approvals.operation WHERE vm_id = $1 AND state = 'running' AND worker IS NOT NULL AND (id, attempt) <> ($2, $3)`,
      [instanceId, operationId, attempt],
    );
    this.assertNone(others.length > 0 ? [`another works on VM ${instanceId}`] : [], sent.type);
    this.real.take(sent);
  }

  private async report(sent: Sent, fate: Fate, wasThere = true): Promise<void> {
    await this.deliver(await this.doors.succeeded(sent, wasThere), fate);
  }

  private async fail(sent: Sent, error: HypervisorErrorBody, fate: Fate): Promise<void> {
    await this.deliver(this.doors.failed(sent, error), fate);
  }
}

const answers: ReadonlySet<string> = new Set(['NOT_FOUND', 'CONFLICT', 'PLAN_CHANGED', 'QUOTA_EXCEEDED']);

/** What is refused with a reason was answered. @throws what is a defect of DCM. */
async function answered(message: Message): Promise<void> {
  try {
    await message();
  } catch (error) {
    if (!(error instanceof DcmError) || !answers.has(error.code)) throw error;
  }
}
