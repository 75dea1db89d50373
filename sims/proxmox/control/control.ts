import type { Cluster } from '../cluster/cluster';
import type { ClusterNode } from '../cluster/node';
import type { Fault, FaultRule, FaultScope, Faults } from '../faults/faults';
import {
  answerStatus,
  dropRequest,
  hold,
  lateAnswer,
  latency,
  loseAnswer,
  slowBackend,
  unreachable,
  type HeldCalls,
} from '../faults/library';
import type { NodeServer } from '../http/node.server';
import { readDrive } from '../qemu/drive';
import type { GuestScript } from '../qemu/machine';
import { endMachine } from '../qemu/process';
import type { Vm } from '../qemu/vm';
import type { TaskType } from '../tasks/upid';
import type { Worker } from '../tasks/worker';

/** Calls that change something; logins are none. */
const CHANGES = /^(POST|PUT|DELETE) \/(?!access\/ticket$)/;

/** Acts on a simulated cluster behind its API's back. */
export class Control {
  constructor(
    private readonly cluster: Cluster,
    private readonly faults: Faults,
    private readonly servers: ReadonlyMap<string, NodeServer>,
  ) {}

  // ---- calls

  /** Lets any fault of `faults/library.ts`, or one of your own, befall calls until the rule is removed. */
  fault(fault: Fault, scope: FaultScope = {}): FaultRule {
    return this.faults.add(fault, scope);
  }

  /** The next matching call takes effect, and its answer is lost with the connection. */
  loseNextAnswer(operation: RegExp = CHANGES): FaultRule {
    return this.fault(loseAnswer(), { operation, times: 1 });
  }

  /** The connection breaks before the next matching call takes effect. */
  dropNextRequest(operation: RegExp = CHANGES): FaultRule {
    return this.fault(dropRequest(), { operation, times: 1 });
  }

  /** The next matching call waits until it is released. */
  holdNext(operation: RegExp = CHANGES): HeldCalls {
    const held = hold();
    this.fault(held, { operation, times: 1 });
    return held;
  }

  /** Every matching call waits until the rule is removed; then all go on. */
  hang(scope: FaultScope = {}): { remove: () => void } {
    const held = hold();
    const rule = this.fault(held, scope);
    return {
      remove: () => {
        rule.remove();
        held.release();
      },
    };
  }

  /** Every matching call is answered by the proxy, without a body. */
  answer(status: number, reason: string, scope: FaultScope = {}): FaultRule {
    return this.fault(answerStatus(status, reason), scope);
  }

  /** The daemon behind the proxy is away: 595. */
  unreachable(scope: FaultScope = {}): FaultRule {
    return this.fault(unreachable(), scope);
  }

  /** 596 after 30 seconds of the cluster, and the call takes effect all the same. */
  slowBackend(scope: FaultScope = {}): FaultRule {
    return this.fault(slowBackend(this.cluster.clock), scope);
  }

  /** Every matching call comes so many real milliseconds late. */
  latency(realMs: number, scope: FaultScope = {}): FaultRule {
    return this.fault(latency(this.cluster.clock, realMs), scope);
  }

  /** Every matching call's answer comes so many real milliseconds late. */
  lateAnswer(realMs: number, scope: FaultScope = {}): FaultRule {
    return this.fault(lateAnswer(this.cluster.clock, realMs), scope);
  }

  /** Takes back every fault. */
  clearFaults(): void {
    this.faults.clear();
  }

  /** `METHOD /path` of the latest requests, in order, below `/api2/json` and without query. */
  get calls(): readonly string[] {
    return this.faults.calls;
  }

  /** How many requests that change something have come in so far; logins are none. */
  get mutations(): number {
    return this.faults.mutations;
  }

  // ---- access

  /** Ends every ticket that was given out. */
  expireTickets(): void {
    this.cluster.access.tickets.expireAll();
  }

  /** Makes a token unknown; returns how to give it back. */
  revokeToken(user: string, name: string): () => void {
    const tokens = this.cluster.access.accounts.get(user)?.tokens;
    const token = tokens?.get(name);
    if (tokens === undefined || token === undefined) throw new Error(`no token ${user}!${name}`);
    tokens.delete(name);
    return () => tokens.set(name, token);
  }

  /** The privileges are in no role any more, until the returned function is called. */
  takePrivileges(...privileges: readonly string[]): () => void {
    const { roles } = this.cluster.access;
    const former = [...roles];
    for (const [name, held] of former)
      roles.set(
        name,
        held.filter((one) => !privileges.includes(one)),
      );
    return () => {
      for (const [name, held] of former) roles.set(name, held);
    };
  }

  // ---- machines

  /** What a VM's guest does from now on. */
  scriptGuest(vmid: number, script: GuestScript): void {
    this.#vm(vmid).guest = script;
  }

  /** The VM's process ends by itself, as after a shutdown from inside or a crash. */
  endGuest(vmid: number): void {
    endMachine(this.cluster, this.#vm(vmid));
  }

  /** Sets the `lock` key of a configuration, or removes it (null), as root at a shell can. */
  setLock(vmid: number, lock: string | null): void {
    const { values } = this.#vm(vmid).config;
    if (lock === null) values.delete('lock');
    else values.set('lock', lock);
  }

  /** Whether a storage can be used; a definition stays either way. */
  setStorageActive(id: string, node: string, isActive: boolean): void {
    this.cluster.storages.onNode(id, node).isActive = isActive;
  }

  /** Something has written so many bytes to a disk: copies take their time by that. */
  writeDisk(vmid: number, key: string, bytes: number): void {
    const vm = this.#vm(vmid);
    const { volume } = readDrive(key, vm.config.text(key) ?? '');
    const located = this.cluster.storages.locate(volume, vm.node);
    if (located === undefined) throw new Error(`no disk ${key} of VM ${vmid}`);
    located.volume.usedBytes = bytes;
  }

  // ---- tasks

  /** Kills the worker of a task: its end is `unexpected status`, and nothing of it cleans up. */
  killTask(upid: string): void {
    this.#task(upid).kill();
  }

  /** The next task of a kind is killed so many real milliseconds after its start. */
  killNextTask(type: TaskType, afterMs = 0): void {
    this.cluster.tasks.doomNext(type, afterMs);
  }

  // ---- cluster

  /**
   * The cluster's daemons do nothing of what they are to do later, and nobody hears of a change, until the returned
   * function is called: a VM that reboots stays off, and the HA manager holds no round.
   */
  holdDaemons(): () => void {
    return this.cluster.clock.holdBack();
  }

  /** Whether the cluster has quorum. */
  setQuorum(hasQuorum: boolean): void {
    this.cluster.hasQuorum = hasQuorum;
  }

  /** A node is gone: it refuses connections, its workers are dead, others answer 595 for it. Its VMs are shown as they were. */
  async killNode(name: string): Promise<void> {
    const node = this.#node(name);
    node.isAlive = false;
    node.isKnownDead = false;
    for (const worker of this.cluster.tasks.ofNode(name)) if (worker.isRunning) worker.kill();
    await this.servers.get(name)?.close();
    for (const vm of this.cluster.vmsOn(name)) vm.machine = undefined;
  }

  /** A node is back, on the same port; its VMs are off. */
  async reviveNode(name: string): Promise<void> {
    const node = this.#node(name);
    await this.servers.get(name)?.listen(node.port);
    node.isAlive = true;
    this.cluster.broadcast.changed();
  }

  /** `/cluster/resources` is as it should be, whatever its lag. */
  publish(): void {
    this.cluster.broadcast.publish();
  }

  /** Cuts every open connection of every node. */
  cutConnections(): void {
    for (const server of this.servers.values()) server.cut();
  }

  #vm(vmid: number): Vm {
    const vm = this.cluster.vms.get(vmid);
    if (vm === undefined) throw new Error(`no VM ${vmid}`);
    return vm;
  }

  #task(upid: string): Worker {
    const worker = this.cluster.tasks.get(upid);
    if (worker === undefined) throw new Error(`no task ${upid}`);
    return worker;
  }

  #node(name: string): ClusterNode {
    const node = this.cluster.nodes.get(name);
    if (node === undefined) throw new Error(`no node ${name}`);
    return node;
  }
}
