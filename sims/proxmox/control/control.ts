import type { Cluster } from '../cluster/cluster';
import type { Fault, FaultRule, FaultScope, Faults } from '../faults/faults';
import type { NodeServer } from '../http/node.server';
import type { GuestScript } from '../qemu/machine';

/** Acts on a simulated cluster behind its API's back. */
export class Control {
  constructor(
    private readonly cluster: Cluster,
    private readonly faults: Faults,
    private readonly servers: ReadonlyMap<string, NodeServer>,
  ) {}

  /** Lets a fault befall calls until the rule is removed. */
  fault(fault: Fault, scope: FaultScope = {}): FaultRule {
    return this.faults.add(fault, scope);
  }

  /** Takes back every fault. */
  clearFaults(): void {
    this.faults.clear();
  }

  /** `METHOD /path` of every request so far, in order. */
  get calls(): readonly string[] {
    return this.faults.calls;
  }

  /** How many requests that change something have come in so far. */
  get mutations(): number {
    return this.faults.mutations;
  }

  /** What a VM's guest does from now on. */
  scriptGuest(vmid: number, script: GuestScript): void {
    const vm = this.cluster.vms.get(vmid);
    if (vm === undefined) throw new Error(`no VM ${vmid}`);
    vm.guest = script;
  }

  /** Ends every ticket that was given out. */
  expireTickets(): void {
    this.cluster.access.tickets.expireAll();
  }

  /** Makes a token unknown. */
  revokeToken(user: string, name: string): void {
    this.cluster.access.accounts.get(user)?.tokens.delete(name);
  }

  /** Whether the cluster has quorum. */
  setQuorum(hasQuorum: boolean): void {
    this.cluster.hasQuorum = hasQuorum;
  }

  /** Cuts every open connection of every node. */
  cutConnections(): void {
    for (const server of this.servers.values()) server.cut();
  }
}
