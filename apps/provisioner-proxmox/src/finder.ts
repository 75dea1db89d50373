import { isSameOwnership, type Ownership, type PowerState } from '@dcm/contracts';
import type { Access } from './access';
import { askAgent, NO_AGENT_BEFORE_S } from './agent';
import type { Locator } from './locator';
import { readMachine, readPower, type Machine } from './machine.mapper';
import { ownerInTags, standingOf, type Standing } from './mark.mapper';
import { isNoSuchVm, isTakenNumber } from './guest.errors';
import { isMissingPrivilege, isNodeUnreachable } from './outcome.errors';
import { Refused } from './proxmox.errors';
import { readSnapshots } from './snapshot.mapper';
import type { VmEntry } from './vm-entry.mapper';
import { isNumbered, readVmid } from './vmid.policy';

/**
 * What stands at a VMID. `hidden`: something that the account may not see; as long as a VM is being made it is in no pool,
 * so that it may be our own. `container`: no VM at all.
 */
export type Holder =
  { readonly kind: 'absent' | 'hidden' | 'container' } | { readonly kind: 'vm'; readonly machine: Machine };

/** VMs by whose they are. */
export interface Found extends Readonly<Record<Standing, readonly Machine[]>> {
  /** VMIDs that were asked for and hold something that the account may not see. */
  readonly hidden: readonly number[];
}

/** What is read of a VM: all, or all but its snapshots, for those who read it between two steps. */
export type Reading = 'whole' | 'without-snapshots';

/** How often a VM may move to another node while it is looked for. */
const MAX_MOVES = 3;
/** So many VMs are read at a time. */
const READS_AT_ONCE = 8;

/** Looks for VMs, by VMID and by mark. */
export class Finder {
  constructor(
    readonly locator: Locator,
    private readonly vmidBase: number,
  ) {}

  /** What stands at a VMID now. Nothing is taken for absent that the account just does not see. */
  async at(access: Access, vmid: number, reading: Reading = 'whole'): Promise<Holder> {
    const last = this.locator.lastNode(vmid);
    const known = last === undefined ? undefined : await tryAt(access, [last, vmid], reading);
    if (known !== undefined) return { kind: 'vm', machine: known };
    for (let move = 0; move < MAX_MOVES; move += 1) {
      const entry = (await this.locator.list(access)).find((one) => one.vmid === vmid);
      if (entry === undefined) return (await isTaken(access, vmid)) ? { kind: 'hidden' } : { kind: 'absent' };
      if (!entry.isQemu) return { kind: 'container' };
      const machine = await tryAt(access, [entry.node, vmid], reading);
      if (machine !== undefined) return { kind: 'vm', machine };
    }
    throw new Refused(
      'CONCURRENT_CHANGE',
      `the VM ${vmid} is listed and cannot be read: it moves, or its rights change`,
    );
  }

  /** A VM as it is now: on its node, or where it moved. @throws Refused VM_NOT_FOUND */
  async again(access: Access, { vmid, node }: Machine): Promise<Machine> {
    const machine = await tryAt(access, [node, vmid], 'whole');
    if (machine !== undefined) return machine;
    const holder = await this.at(access, vmid);
    if (holder.kind === 'vm') return holder.machine;
    throw new Refused('VM_NOT_FOUND', `the VM ${vmid} is gone`);
  }

  /** Its power state alone, by one read, for those who wait for one. @throws Refused VM_NOT_FOUND, HOST_UNREACHABLE */
  async powerOf(access: Access, machine: Machine): Promise<PowerState> {
    const { node, vmid } = machine;
    try {
      return readPower(await access.get(['nodes', node, 'qemu', vmid, 'status', 'current']));
    } catch (error) {
      // It may have moved; who reads it whole also says why it cannot be read.
      if (!isNoSuchVm(error) && !isMissingPrivilege(error) && !isNodeUnreachable(error)) throw error;
      return (await this.again(access, machine)).power;
    }
  }

  /** The VM that the ref names. @throws Refused VM_NOT_FOUND, NOT_OURS, MISSING_PRIVILEGE. A VM that is still being built passes. */
  async requireOurs(access: Access, nativeId: string, ownership: Ownership): Promise<Machine> {
    const vmid = readVmid(nativeId);
    const holder = vmid === undefined ? ({ kind: 'absent' } as const) : await this.at(access, vmid);
    if (holder.kind === 'hidden') throw unseen(nativeId);
    if (holder.kind !== 'vm') throw new Refused('VM_NOT_FOUND', `there is no VM ${nativeId}`);
    if (standingOf(holder.machine, ownership) !== 'foreign') return holder.machine;
    throw new Refused('NOT_OURS', `the VM ${nativeId} does not bear the ownership mark that is expected`);
  }

  /** Looks for an owner's VM at VMIDs that it may have, and by the tag that a list of all VMs shows. */
  async quickly(access: Access, ownership: Ownership, vmids: readonly number[]): Promise<Found> {
    return this.among(access, await this.entries(access), { ownership, vmids });
  }

  /**
   * The same, and where that finds nothing, among the VMs in DCM's part of the range that have no tag (yet): the
   * description is what counts. VMIDs that hold something unseen are told.
   */
  async everywhere(access: Access, ownership: Ownership, vmids: readonly number[]): Promise<Found> {
    const entries = await this.entries(access);
    const quick = await this.among(access, entries, { ownership, vmids });
    const isFound = quick.original.length + quick.building.length > 0;
    const untold = entries.filter(
      ({ vmid, tags }) => isNumbered(vmid, this.vmidBase) && ownerInTags(tags, vmid) === null,
    );
    const more = isFound ? [] : [...vmids, ...untold.map(({ vmid }) => vmid)];
    const found = isFound ? quick : await this.among(access, entries, { ownership, vmids: [...new Set(more)] });
    const foreign = found.foreign.filter(({ vmid }) => vmids.includes(vmid));
    const building = found.building.filter(({ vmid }) => vmids.includes(vmid));
    return { ...found, foreign, building, hidden: isFound ? [] : await this.hidden(access, found, vmids) };
  }

  private async entries(access: Access): Promise<VmEntry[]> {
    return (await this.locator.list(access)).filter(({ isQemu }) => isQemu);
  }

  private async among(
    access: Access,
    entries: readonly VmEntry[],
    { ownership, vmids }: { ownership: Ownership; vmids: readonly number[] },
  ): Promise<Found> {
    const asked = new Set(vmids);
    const isNamed = ({ tags, vmid }: VmEntry): boolean => isSameOwnership(ownerInTags(tags, vmid), ownership);
    const wanted = entries.filter((entry) => asked.has(entry.vmid) || isNamed(entry));
    const machines = await inParallel(wanted, (entry) => this.read(access, entry));
    const seen = machines.flatMap((machine) => machine ?? []);
    const of = (standing: Standing): Machine[] => seen.filter((one) => standingOf(one, ownership) === standing);
    return { original: of('original'), building: of('building'), foreign: of('foreign'), hidden: [] };
  }

  private async hidden(access: Access, found: Found, vmids: readonly number[]): Promise<number[]> {
    const seen = new Set([...found.original, ...found.building, ...found.foreign].map(({ vmid }) => vmid));
    const taken = await inParallel(vmids, async (vmid) => !seen.has(vmid) && (await isTaken(access, vmid)));
    return vmids.filter((_, index) => taken[index]);
  }

  /** A VM of the list; undefined when it is gone by now. */
  private async read(access: Access, { vmid, node }: VmEntry): Promise<Machine | undefined> {
    const machine = await tryAt(access, [node, vmid], 'whole');
    if (machine !== undefined) return machine;
    const holder = await this.at(access, vmid);
    return holder.kind === 'vm' ? holder.machine : undefined;
  }
}

/** The one VM of an owner; undefined when there is none. @throws Refused DUPLICATE_MARK when there are more. */
export function theOne({ original }: Found): Machine | undefined {
  const [first, second] = original;
  if (first !== undefined && second !== undefined) {
    throw new Refused('DUPLICATE_MARK', `two VMs bear the same ownership mark: ${first.vmid} and ${second.vmid}`);
  }
  return first;
}

/** Something stands there that the account may not see. */
export const unseen = (vmid: number | string): Refused =>
  new Refused('MISSING_PRIVILEGE', `the VMID ${vmid} is taken by something that the account may not see (VM.Audit)`);

/**
 * Reads a VM on a node; undefined when it is not there.
 * @throws Refused HOST_UNREACHABLE when the node does not answer: the VM is not gone
 */
async function readAt(
  access: Access,
  [node, vmid]: readonly [string, number],
  reading: Reading,
): Promise<Machine | undefined> {
  const path = ['nodes', node, 'qemu', vmid];
  try {
    const [config, current, list] = await Promise.all([
      access.get([...path, 'config'], { current: 1 }),
      access.get([...path, 'status', 'current']),
      reading === 'whole' ? access.get([...path, 'snapshot']) : undefined,
    ]);
    const snapshots = reading === 'whole' ? readSnapshots(list) : undefined;
    const data = { vmid, node, config, current, snapshots };
    const machine = readMachine(data);
    const { power, hasAgent, uptimeSeconds, lock } = machine;
    if (power !== 'on' || !hasAgent || uptimeSeconds < NO_AGENT_BEFORE_S || lock !== undefined) return machine;
    return { ...machine, agent: await askAgent(access, node, vmid) };
  } catch (error) {
    if (isNoSuchVm(error)) return undefined;
    if (isNodeUnreachable(error)) throw new Refused('HOST_UNREACHABLE', `its node ${node} does not answer`);
    throw error;
  }
}

/** The same; a VM that is gone has left its pool, and with it the rights that came from there. */
async function tryAt(access: Access, place: readonly [string, number], reading: Reading): Promise<Machine | undefined> {
  try {
    return await readAt(access, place, reading);
  } catch (error) {
    if (isMissingPrivilege(error)) return undefined;
    throw error;
  }
}

/** GET /cluster/nextid?vmid=: says of every VMID whether it is taken, whatever the account may see. */
async function isTaken(access: Access, vmid: number): Promise<boolean> {
  try {
    await access.get(['cluster', 'nextid'], { vmid });
    return false;
  } catch (error) {
    if (isTakenNumber(error)) return true;
    throw error;
  }
}

async function inParallel<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < all.length; start += READS_AT_ONCE) {
    results.push(...(await Promise.all(all.slice(start, start + READS_AT_ONCE).map(work))));
  }
  return results;
}
