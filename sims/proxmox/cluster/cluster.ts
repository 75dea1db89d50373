import { Access } from '../access/access';
import { failure } from '../api.error';
import { SimulatedClock } from '../clock';
import type { ClusterOptions } from '../options';
import { Vm } from '../qemu/vm';
import { Storages } from '../storage/storages';
import { Tasks } from '../tasks/tasks';
import { Broadcast } from './broadcast';
import { Ha } from './ha';
import { ClusterNode } from './node';
import { Pools } from './pools';

/** Texts of a VM that a node does not have; which one depends on the call. */
const missing = {
  file: (vmid: number, node: string): string =>
    `Configuration file 'nodes/${node}/qemu-server/${vmid}.conf' does not exist`,
  search: (vmid: number, node: string): string => `unable to find configuration file for VM ${vmid} on node '${node}'`,
};

/** Everything that the nodes of a cluster share. */
export class Cluster {
  readonly clock: SimulatedClock;
  readonly nodes = new Map<string, ClusterNode>();
  readonly vms = new Map<number, Vm>();
  readonly storages: Storages;
  readonly pools = new Pools();
  readonly ha = new Ha();
  readonly access: Access;
  readonly tasks: Tasks;
  readonly broadcast: Broadcast;
  hasQuorum = true;

  constructor(readonly options: ClusterOptions) {
    this.clock = new SimulatedClock(options.speed);
    for (const node of options.nodes) this.nodes.set(node.name, new ClusterNode(node));
    this.storages = new Storages(options.storages, [...this.nodes.keys()]);
    this.access = new Access({
      version: options.version,
      ticketLifetimeS: options.ticketLifetimeS,
      poolsOf: (path) => this.pools.ofPath(path),
    });
    this.broadcast = new Broadcast(
      { clock: this.clock, lagMs: options.resourceLagMs },
      () => this.vms.values(),
      (node) => this.nodes.get(node)?.isAlive === true,
    );
    this.tasks = new Tasks(this.clock, options.taskDelayMs, () => {
      this.broadcast.changed();
    });
  }

  /**
   * A VM on a node.
   * @throws ApiError 500 `Configuration file … does not exist`, or the other text
   */
  vmOn(node: string, vmid: number, text: keyof typeof missing = 'file'): Vm {
    const vm = this.vms.get(vmid);
    if (vm?.node !== node) throw failure(missing[text](vmid, node));
    return vm;
  }

  /**
   * Takes a VMID for a new configuration, for the whole cluster.
   * @throws ApiError 500 when it is taken, or there is no quorum.
   */
  createConfig(vmid: number, node: string, lock: string): Vm {
    const holder = this.vms.get(vmid);
    if (holder !== undefined) {
      throw failure(`unable to create VM ${vmid} - VM ${vmid} already exists on node '${holder.node}'`);
    }
    const vm = new Vm(vmid, node, this.clock);
    vm.config.values.set('lock', lock);
    this.vms.set(vmid, vm);
    this.broadcast.changed();
    return vm;
  }

  /** Removes a configuration, and whatever of the cluster points to it. */
  removeConfig(vm: Vm): void {
    if (this.vms.get(vm.vmid) !== vm) return;
    this.vms.delete(vm.vmid);
    this.pools.forget(vm.vmid);
    this.access.acl.removePath(`/vms/${vm.vmid}`);
  }

  /** @throws ApiError 500 `cluster not ready - no quorum?` */
  assertQuorum(): void {
    if (!this.hasQuorum) throw failure('cluster not ready - no quorum?');
  }

  /** The file system with the configurations is read-only without quorum. */
  assertWritable(vm: Vm): void {
    if (this.hasQuorum) return;
    const file = `/etc/pve/nodes/${vm.node}/qemu-server/${vm.vmid}.conf.tmp.${this.tasks.nextPid()}`;
    throw failure(`unable to open file '${file}' - Permission denied`);
  }

  vmsOn(node: string): readonly Vm[] {
    return [...this.vms.values()].filter((vm) => vm.node === node);
  }
}
