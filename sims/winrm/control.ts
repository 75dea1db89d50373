import { mute, type TcpFaultProxy } from '../faults/faults';
import { Administrator } from './administrator';
import type { Change } from './cmdlets/cmdlet';
import type { Faults, Held } from './engine/faults';
import type { PowerShell } from './engine/powershell';
import type { Front } from './front/front';
import type { Vmm } from './model/vmm';

type Undo = () => void;

/** What every request takes longer on a slow site. */
const SLOW_MS = 100;

interface Parts {
  readonly vmm: Vmm;
  readonly powershell: PowerShell;
  readonly front: Front;
  readonly proxies: readonly TcpFaultProxy[];
}

/** What can be done behind the back of those who speak to the site, and what has been seen of them. */
export class Control {
  readonly administrator: Administrator;
  readonly vmm: Vmm;
  readonly powershell: PowerShell;
  readonly front: Front;

  constructor(private readonly parts: Parts) {
    this.vmm = parts.vmm;
    this.powershell = parts.powershell;
    this.front = parts.front;
    this.administrator = new Administrator(parts.vmm);
    this.faults.loseConnection = (pid): void => {
      this.lose(pid);
    };
  }

  /** Faults between PowerShell and the management server. */
  get faults(): Faults {
    return this.powershell.faults;
  }

  /** How many requests have changed something. */
  get mutations(): number {
    return this.faults.mutations;
  }

  /** How many requests something has gone wrong with: they hung, came late, lost their answer, or were answered by the door. */
  get troubled(): number {
    return this.faults.troubled + this.front.knobs.acted;
  }

  /** How many passwords have been tried, right or wrong. */
  get logins(): number {
    const { accepted, refused } = this.front.stats;
    return accepted.Basic + accepted.Negotiate + refused;
  }

  /** How many HTTP requests have come. */
  get requests(): number {
    return this.front.stats.requests;
  }

  /** How many shells are open. */
  get shells(): number {
    return this.front.service.shells.all().length;
  }

  /** The next request that makes such a change is done, and its answer is lost with the connection. */
  loseAnswer(change: Change): void {
    this.faults.loseNext(change);
  }

  /** The next request that may change something is held up on its way. */
  holdChange(): Held {
    return this.faults.holdNext();
  }

  /** Every request hangs, and what was given up by then never takes effect. */
  hang(): Undo {
    return this.faults.hang();
  }

  /** Every request takes longer. */
  slow(ms = SLOW_MS): Undo {
    return this.faults.slow(ms);
  }

  /** The WinRM service answers everything with HTTP 503; the shells of before are gone. */
  answerUnavailable(): Undo {
    const undo = this.front.knobs.add({ on: '*', does: { kind: 'STATUS', status: 503 }, times: Infinity });
    this.expireSessions();
    return undo;
  }

  /** Ends all shells, with what runs in them, and every login. */
  expireSessions(): void {
    const { shells } = this.front.service;
    for (const shell of shells.all()) shells.remove(shell);
    this.cutConnections();
  }

  /** Nobody listens any more, and open connections are closed. @throws Error without proxies. */
  refuseConnections(): () => Promise<void> {
    const admits = this.demandProxies().map((proxy) => proxy.refuseConnections());
    this.cutConnections();
    return async () => {
      await Promise.all(admits.map((admit) => admit()));
    };
  }

  /** Connections stand and nothing answers on them, until the returned function is called and they break. @throws Error without proxies. */
  halfOpen(): Undo {
    const rules = this.demandProxies().map((proxy) => {
      proxy.freeze();
      return proxy.add(mute());
    });
    return () => {
      for (const rule of rules) rule.remove();
      this.cutConnections();
    };
  }

  /** Of every open connection the peer has silently gone; new ones work. @returns how many. @throws Error without proxies. */
  loseConnections(): number {
    return this.demandProxies().reduce((sum, proxy) => sum + proxy.freeze(), 0);
  }

  /** Breaks every open connection; shells live on. Without proxies there are none to break. */
  cutConnections(): void {
    for (const proxy of this.parts.proxies) proxy.cut();
  }

  private lose(pid: number): void {
    if (this.parts.proxies.length > 0) this.cutConnections();
    else this.powershell.processes.find((process) => process.pid === pid)?.kill();
  }

  private demandProxies(): readonly TcpFaultProxy[] {
    if (this.parts.proxies.length === 0)
      throw new Error('This fault needs proxies: start the simulator with { proxied: true }');
    return this.parts.proxies;
  }
}
