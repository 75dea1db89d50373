import { setTimeout as pause } from 'node:timers/promises';
import type { CallContext, Ownership } from '@dcm/contracts';
import { Refused } from './hyperv.errors';
import type { SiteOptions } from './hyperv.config';
import { MACHINE_FIELDS } from './machine.fields';
import { readMachine, type Machine } from './machine.mapper';
import { bareMark } from './mark.mapper';
import { guid, type Batch, type Condition, type Returns, type Step } from './powershell/batch';
import type { Answer } from './powershell/frame';
import { PowerShellError } from './powershell/powershell.errors';
import { NOT_FOUND } from './vmm.codes';
import type { VmmClient } from './vmm.client';

/** Node's timers know no longer time. */
const LONGEST_TIMER_MS = 2_147_483_647;
const SIGHT_FIELDS = { id: 'ID' } as const;

/** Looks for a VM by its native id. */
export const getVm = (as: string, nativeId: string): Step => ({
  as,
  cmd: 'Get-SCVirtualMachine',
  args: { ID: guid(nativeId) },
  missingOk: [NOT_FOUND],
});

/** Looks for every VM that bears an owner's mark and is no copy. */
export const getMarked = (as: string, ownership: Ownership): Step => ({
  as,
  cmd: 'Get-SCVirtualMachine',
  args: { All: true },
  where: [{ op: 'mark', value: bareMark(ownership) }],
});

/** Reading from one VMM server on behalf of one call of the port: within its time, and until its caller withdraws. */
export class Access {
  /** Aborts when the caller withdraws (with the caller's reason) or its time is up (with a TimeoutError). */
  readonly signal: AbortSignal;

  constructor(
    readonly client: VmmClient,
    private readonly context: CallContext,
    readonly options: SiteOptions,
  ) {
    const left = Math.ceil(context.remainingMs());
    const deadline = AbortSignal.timeout(Math.min(Math.max(0, left), LONGEST_TIMER_MS));
    this.signal = AbortSignal.any([context.signal, deadline]);
  }

  /** Milliseconds left. */
  remainingMs(): number {
    return this.context.remainingMs();
  }

  /** How long a call may take that is made now. */
  get callTimeoutMs(): number {
    return Math.max(1, Math.min(this.client.callTimeoutMs, this.remainingMs()));
  }

  /** Runs a batch that changes nothing. @throws BatchError, PowerShellError, Refused BUDGET_EXHAUSTED */
  async read<R extends Returns>(batch: Batch<R>): Promise<Answer<R>> {
    this.requireTime();
    return this.client.run(batch, { signal: this.signal, timeoutMs: this.callTimeoutMs });
  }

  /** Reads a VM; undefined when it is gone. @throws Refused MISSING_PRIVILEGE when the account would not see it */
  async machine(nativeId: string): Promise<Machine | undefined> {
    if (!isGuid(nativeId)) return undefined;
    const steps = [getVm('vm', nativeId), this.sight([{ ref: 'vm', is: 'empty' }])];
    const { rows, ran } = await this.read({ steps, return: { vm: MACHINE_FIELDS, sight: SIGHT_FIELDS } });
    const [row] = rows.vm;
    if (row !== undefined) return readMachine(row);
    this.requireSight(ran, rows.sight);
    return undefined;
  }

  /** Reads every VM that bears the owner's mark, or has one of the ids. @throws Refused MISSING_PRIVILEGE */
  async machinesOf(ownership: Ownership, nativeIds: readonly string[]): Promise<Machine[]> {
    const ids = nativeIds.filter(isGuid);
    const hints = ids.map((id, index) => getVm(`hint${index}`, id));
    const steps = [getMarked('marked', ownership), ...hints, this.sight([])];
    const returns = Object.fromEntries(hints.map(({ as }) => [as, MACHINE_FIELDS] as const));
    const { rows, ran } = await this.read({
      steps,
      return: { ...returns, marked: MACHINE_FIELDS, sight: SIGHT_FIELDS },
    });
    this.requireSight(ran, rows.sight);
    const found = [...rows.marked, ...hints.flatMap(({ as }) => readHint(rows, as))].map(readMachine);
    return [...new Map(found.map((machine) => [machine.id.toLowerCase(), machine])).values()];
  }

  /** Looks at what must be visible so that a VM that is not seen is really gone: the site's cloud or host group. */
  sight(when: readonly Condition[]): Step {
    const { cloud, hostGroup } = this.options;
    if (cloud !== undefined) {
      return { as: 'sight', cmd: 'Get-SCCloud', where: [{ path: 'Name', op: 'eq', value: cloud }], when };
    }
    const path = hostGroup?.includes('\\') === true ? 'Path' : 'Name';
    const where = hostGroup === undefined ? [] : [{ path, op: 'eq', value: hostGroup } as const];
    return { as: 'sight', cmd: 'Get-SCVMHostGroup', where, when };
  }

  /** @throws Refused MISSING_PRIVILEGE when the look found nothing to see */
  requireSight(ran: readonly string[], found: readonly unknown[]): void {
    if (!ran.includes('sight') || found.length > 0) return;
    const { cloud, hostGroup } = this.options;
    const what = cloud === undefined ? `the host group ${hostGroup ?? 'All Hosts'}` : `the cloud ${cloud}`;
    throw new Refused('MISSING_PRIVILEGE', `the account's role does not see ${what}`);
  }

  /** Waits before looking again. @throws Refused BUDGET_EXHAUSTED, PowerShellError `ABORTED` */
  async pause(ms: number): Promise<void> {
    this.requireTime();
    await pause(ms, undefined, { signal: this.signal }).catch(() => {
      throw withdrawn();
    });
  }

  /** @throws PowerShellError `ABORTED` when the caller has withdrawn */
  requireCaller(): void {
    if (this.signal.aborted) throw withdrawn();
  }

  /** @throws Refused BUDGET_EXHAUSTED when no time is left */
  requireTime(): void {
    if (this.remainingMs() > 0) return;
    throw new Refused('BUDGET_EXHAUSTED', 'the time for it is up');
  }
}

const withdrawn = (): PowerShellError => new PowerShellError('ABORTED', 'the caller withdrew', { mayHaveActed: false });

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether it can be an id of VMM: a cmdlet that is given anything else fails with an error that has no number. */
const isGuid = (nativeId: string): boolean => GUID.test(nativeId);

type HintRows = Answer<Readonly<Record<string, typeof MACHINE_FIELDS>>>['rows'];
const readHint = (rows: object, as: string): HintRows[string] => (rows as HintRows)[as] ?? [];
