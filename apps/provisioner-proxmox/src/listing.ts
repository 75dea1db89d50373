import type { VmPage, VmRow } from '@dcm/contracts';
import type { Access } from './access';
import type { Locator } from './locator';
import { readMachine } from './machine.mapper';
import { ownerInTags, ownerOf } from './mark.mapper';
import { isNoSuchVm } from './guest.errors';
import { isMissingPrivilege, isNodeUnreachable } from './outcome.errors';
import type { Recent } from './recent';
import { isFresh, powerIn, type VmEntry } from './vm-entry.mapper';
import { isNumbered } from './vmid.policy';

/** So many VMs are read at a time. */
const READS_AT_ONCE = 8;

/** What a scan needs. */
export interface Scan {
  readonly locator: Locator;
  readonly recent: Recent;
  readonly vmidBase: number;
  readonly pageSize: number;
  /** Asked at the end: whether the account still sees what it must see, so that absence means something. */
  readonly seesAll: () => Promise<void>;
}

/**
 * Every VM of the cluster, strangers too, by one list as of one moment. The list tells the mark by its tag. Only VMs of
 * which it tells too little or something old are read: those that just came, that this process just changed, and those of
 * DCM's range without a tag. Templates are left out unless they bear a mark.
 */
export async function* listVms(access: Access, scan: Scan): AsyncGenerator<VmPage> {
  const entries = (await scan.locator.list(access)).filter(({ isQemu }) => isQemu);
  let rows: VmRow[] = [];
  for (let start = 0; start < entries.length; start += READS_AT_ONCE) {
    const some = entries.slice(start, start + READS_AT_ONCE);
    const read = some.some((entry) => isToBeRead(entry, scan))
      ? await Promise.all(some.map(async (entry) => (isToBeRead(entry, scan) ? readRow(access, entry) : rowOf(entry))))
      : some.map(rowOf);
    rows.push(...read.flatMap((row) => row ?? []));
    while (rows.length > scan.pageSize) {
      yield { rows: rows.slice(0, scan.pageSize), complete: false };
      rows = rows.slice(scan.pageSize);
      access.requireCaller();
    }
  }
  await scan.seesAll();
  yield { rows, complete: true };
}

const isToBeRead = (entry: VmEntry, { recent, vmidBase }: Scan): boolean =>
  isFresh(entry) ||
  recent.has(entry.vmid) ||
  (isNumbered(entry.vmid, vmidBase) && ownerInTags(entry.tags, entry.vmid) === null);

function rowOf(entry: VmEntry): VmRow | undefined {
  const ownership = ownerInTags(entry.tags, entry.vmid);
  if (entry.isTemplate && ownership === null) return undefined;
  return { nativeId: String(entry.vmid), name: entry.name ?? null, ownership, power: powerIn(entry) };
}

/** Read from its node; a VM of a node that does not answer is there all the same. */
async function readRow(access: Access, entry: VmEntry): Promise<VmRow | undefined> {
  const { vmid, node } = entry;
  const path = ['nodes', node, 'qemu', vmid];
  try {
    const [config, current] = await Promise.all([
      access.get([...path, 'config'], { current: 1 }),
      access.get([...path, 'status', 'current']),
    ]);
    const machine = readMachine({ vmid, node, config, current, snapshots: [] });
    const ownership = ownerOf(machine);
    if (machine.isTemplate && ownership === null) return undefined;
    return { nativeId: String(vmid), name: machine.name ?? null, ownership, power: machine.power };
  } catch (error) {
    // Deleted since, or moved: then it was there.
    if (isNoSuchVm(error) || isMissingPrivilege(error) || isNodeUnreachable(error)) return rowOf(entry);
    throw error;
  }
}
