import type { Cluster } from '../cluster/cluster';
import type { ClusterNode } from '../cluster/node';
import { freeMemory } from '../qemu/process';

const GIB = 1024 ** 3;
const ROOT_BYTES = 100 * GIB;

/** What a node reports of its use. */
export interface NodeLoad {
  readonly cpu: number;
  readonly maxcpu: number;
  readonly mem: number;
  readonly maxmem: number;
  readonly disk: number;
  readonly maxdisk: number;
  readonly uptime: number;
}

/** Load as it follows from the VMs that run. */
export function nodeLoad(cluster: Cluster, node: ClusterNode): NodeLoad {
  const running = cluster.vmsOn(node.name).filter((vm) => vm.isRunning);
  const busy = running.reduce((sum, vm) => sum + vm.cpus * 0.01, 0);
  return {
    cpu: Math.min(1, busy / node.options.cpus),
    maxcpu: node.options.cpus,
    mem: node.memoryBytes - freeMemory(cluster, node.name),
    maxmem: node.memoryBytes,
    disk: 8 * GIB,
    maxdisk: ROOT_BYTES,
    uptime: node.uptimeS,
  };
}
