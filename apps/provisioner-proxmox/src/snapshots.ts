import type { VmRef, VmStatus } from '@dcm/contracts';
import type { Attempt } from './attempt';
import type { Machine } from './machine.mapper';
import { isBuilt } from './mark.mapper';
import type { Site } from './site';
import { nativeNameOf, snapshotText, type Snapshot } from './snapshot.mapper';
import { isSnapshotMissing, isSnapshotTaken } from './guest.errors';
import { isUnanswered } from './outcome.errors';
import { Refused } from './proxmox.errors';

/** What a new snapshot is to be. */
export interface SnapshotWish {
  /** Unique to the operation: one that is there was made by an earlier attempt. */
  readonly name: string;
  readonly description: string;
  /** Whether a running VM's memory is kept, so that it can come back running. */
  readonly memory: boolean;
}

const PROGRESS = { progress: [20, 95] } as const;

/** Takes and removes snapshots of one site's VMs. */
export class Snapshots {
  constructor(private readonly site: Site) {}

  /** Takes a snapshot, once. @throws Refused VM_NOT_FOUND, NOT_OURS, STILL_CREATING */
  async create(attempt: Attempt, ref: VmRef, wish: SnapshotWish): Promise<VmStatus> {
    attempt.step(5, 'find');
    await attempt.finishResumed({ progress: [5, 20] });
    try {
      await attempt.inTurn(() => this.createOnce(attempt, ref, wish));
    } catch (error) {
      // The list tells what became of the call, also where another worker was quicker.
      const isMaybeThere = isUnanswered(error) || isSnapshotTaken(error);
      if (!isMaybeThere || named(await this.look(attempt, ref), wish.name) === undefined) throw error;
      attempt.effect = 'PARTIAL';
    }
    return this.readBack(attempt, ref);
  }

  /**
   * Leads a VM back to a snapshot, and to the power state that it holds. A revert that an earlier attempt is known to
   * have made is not made again: what the guest wrote since then would be lost.
   * @throws Refused SNAPSHOT_NOT_FOUND and as `create`
   */
  async revert(attempt: Attempt, ref: VmRef, name: string): Promise<VmStatus> {
    attempt.step(5, 'find');
    if ((await attempt.finishResumed({ progress: [5, 90] })) === true) return this.readBack(attempt, ref);
    await attempt.inTurn(async () => {
      const machine = await this.look(attempt, ref);
      const target = named(machine, name);
      if (target === undefined) throw missing(name);
      attempt.step(20, 'revert-snapshot');
      const path = [...pathOf(machine), target.nativeName, 'rollback'];
      await attempt.run('post', path, {}, PROGRESS).catch((error: unknown) => {
        throw isSnapshotMissing(error) ? missing(name) : error;
      });
    });
    return this.readBack(attempt, ref);
  }

  /** Removes a snapshot; those that stand on it stay. @throws Refused as `create` */
  async remove(attempt: Attempt, ref: VmRef, name: string): Promise<VmStatus> {
    attempt.step(5, 'find');
    await attempt.finishResumed({ progress: [5, 20] });
    try {
      await attempt.inTurn(() => this.removeOnce(attempt, ref, name));
    } catch (error) {
      if (!isUnanswered(error) || named(await this.look(attempt, ref), name) !== undefined) throw error;
      attempt.effect = 'PARTIAL';
    }
    return this.readBack(attempt, ref);
  }

  /** Looks before each try: what stood in the way of the last one may have been this very snapshot being made. */
  private async createOnce(attempt: Attempt, ref: VmRef, { name, description, memory }: SnapshotWish): Promise<void> {
    const machine = await this.look(attempt, ref);
    if (named(machine, name) !== undefined) return;
    attempt.step(20, 'create-snapshot');
    const parameters = {
      snapname: nativeNameOf(name),
      description: snapshotText(name, description),
      ...(memory && machine.power === 'on' && { vmstate: true }),
    };
    await attempt.run('post', pathOf(machine), parameters, PROGRESS);
  }

  private async removeOnce(attempt: Attempt, ref: VmRef, name: string): Promise<void> {
    const machine = await this.look(attempt, ref);
    const target = named(machine, name);
    if (target === undefined) return;
    attempt.step(20, 'remove-snapshot');
    try {
      await attempt.run('delete', [...pathOf(machine), target.nativeName], {}, PROGRESS);
    } catch (error) {
      // Somebody else was quicker.
      if (!isSnapshotMissing(error)) throw error;
    }
  }

  /** The VM with its mark and its snapshots. */
  private async look(attempt: Attempt, { nativeId, ownership }: VmRef): Promise<Machine> {
    const machine = await this.site.finder.requireOurs(attempt, nativeId, ownership);
    if (isBuilt(machine)) return machine;
    throw new Refused('STILL_CREATING', `Proxmox is still making the VM ${nativeId}`);
  }

  private async readBack(attempt: Attempt, { nativeId, ownership }: VmRef): Promise<VmStatus> {
    attempt.step(95, 'read-back');
    const machine = await this.site.finder.requireOurs(attempt, nativeId, ownership);
    this.site.recent.add(machine.vmid);
    return this.site.statusOf(machine);
  }
}

const pathOf = ({ node, vmid }: Machine): (number | string)[] => ['nodes', node, 'qemu', vmid, 'snapshot'];

const named = ({ snapshots }: Machine, name: string): Snapshot | undefined =>
  snapshots?.find((one) => one.name === name);

const missing = (name: string): Refused => new Refused('SNAPSHOT_NOT_FOUND', `the VM has no snapshot ${name}`);
