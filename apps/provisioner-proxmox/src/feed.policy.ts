import { readRecords, readString } from './reader.mapper';
import type { VmEntry } from './vm-entry.mapper';

/** What two readings are compared by: VMs with all that the list says of them, and tasks by their UPID. */
export interface Reading {
  readonly vms: ReadonlyMap<number, string>;
  readonly tasks: ReadonlyMap<string, number>;
}

/** Reads GET /cluster/resources?type=vm and GET /cluster/tasks. A task that ends is another than while it ran. */
export function readingOf(entries: readonly VmEntry[], tasks: unknown): Reading {
  const told = (entry: VmEntry): string =>
    JSON.stringify([entry.node, entry.lock, entry.tags, entry.name, entry.status, entry.isTemplate]);
  return {
    vms: new Map(entries.filter(({ isQemu }) => isQemu).map((entry) => [entry.vmid, told(entry)])),
    tasks: new Map(
      readRecords(tasks).flatMap(({ upid, id, endtime }) => {
        const vmid = Number(readString(id) ?? '');
        const name = readString(upid);
        if (name === undefined || !Number.isSafeInteger(vmid) || vmid < 100) return [];
        return [[`${name} ${readString(endtime) ?? ''}`, vmid] as const];
      }),
    ),
  };
}

/** VMIDs of what came, went, changed, or was worked on between two readings, in order. */
export function changedBetween(before: Reading, after: Reading): number[] {
  const came = [...after.vms].filter(([vmid, told]) => before.vms.get(vmid) !== told).map(([vmid]) => vmid);
  const gone = [...before.vms.keys()].filter((vmid) => !after.vms.has(vmid));
  const worked = [...after.tasks].filter(([task]) => !before.tasks.has(task)).map(([, vmid]) => vmid);
  return [...new Set([...came, ...gone, ...worked])].sort((one, other) => one - other);
}
