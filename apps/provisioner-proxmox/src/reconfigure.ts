import type { VmRef, VmStatus, VmTarget } from '@dcm/contracts';
import type { Attempt } from './attempt';
import { changesTo, type Changes, type Target } from './changes.policy';
import type { Machine } from './machine.mapper';
import { isBuilt } from './mark.mapper';
import type { Site } from './site';
import { isDigestMismatch } from './guest.errors';
import { isUnanswered } from './outcome.errors';
import { Refused } from './proxmox.errors';

const MAX_ROUNDS = 6;
/** A change that is done so soon is answered at once, without a task to wait for; Proxmox holds the VM's lock meanwhile. */
const AT_ONCE_S = 20;

/**
 * Leads a VM to a target: reads, changes what differs, and reads again until nothing does. It is right under changes by
 * others (each is bound to the digest of the configuration that was read) and after an answer that was lost.
 * @returns the VM as it is in the end
 * @throws Refused CONCURRENT_CHANGE when others are always quicker; as `changesTo`
 */
export async function reconfigure(
  attempt: Attempt,
  read: () => Promise<Machine>,
  targetOf: (machine: Machine) => Target,
): Promise<Machine> {
  let made: Changes['config'] = {};
  for (let round = 1; ; round += 1) {
    const machine = await read();
    const changes = changesTo(machine, targetOf(machine));
    if (changes === undefined) return machine;
    await refuseLate(attempt, machine, { made, wanted: changes.config });
    if (round > MAX_ROUNDS) throw new Refused('CONCURRENT_CHANGE', 'its configuration does not become as asked');
    try {
      await attempt.inTurn(() => make(attempt, machine, changes));
      made = changes.config;
    } catch (error) {
      if (!isDigestMismatch(error) && !isUnanswered(error)) throw error;
    }
  }
}

/**
 * What a running VM does not take, Proxmox keeps until its next start and says that it was done. It is taken back.
 * @throws Refused INVALID_POWER_STATE
 */
async function refuseLate(
  attempt: Attempt,
  { vmid, node, power, digest }: Machine,
  { made, wanted }: { made: Changes['config']; wanted: Changes['config'] },
): Promise<void> {
  const late = Object.keys(wanted).filter((key) => made[key] !== undefined && made[key] === wanted[key]);
  if (power === 'off' || late.length === 0) return;
  const parameters = { revert: late.join(','), digest, background_delay: AT_ONCE_S };
  await attempt.inTurn(() => attempt.run('post', ['nodes', node, 'qemu', vmid, 'config'], parameters));
  throw new Refused('INVALID_POWER_STATE', `its ${late.join(', ')} would change only at its next start`);
}

/** One round of changes: the configuration, or else the disks; what the first changes, the second would be refused for. */
async function make(attempt: Attempt, { vmid, node, digest }: Machine, { config, growths }: Changes): Promise<void> {
  const path = ['nodes', node, 'qemu', vmid];
  if (Object.keys(config).length > 0) {
    await attempt.run('post', [...path, 'config'], { ...config, digest, background_delay: AT_ONCE_S });
    return;
  }
  for (const { key, sizeBytes } of growths) {
    // An absolute size: made twice, it is made once.
    await attempt.run('put', [...path, 'resize'], { disk: key, size: String(sizeBytes) });
  }
}

/** Leads an owner's VM to a size. @throws Refused VM_NOT_FOUND, NOT_OURS, INVALID_SPEC, INVALID_POWER_STATE */
export async function reconfigureVm(
  attempt: Attempt,
  site: Site,
  { nativeId, ownership }: VmRef,
  { cpus, memoryMib, disks }: VmTarget,
): Promise<VmStatus> {
  attempt.step(5, 'find');
  await attempt.finishResumed({ progress: [5, 40] });
  const read = async (): Promise<Machine> => {
    const machine = await site.finder.requireOurs(attempt, nativeId, ownership);
    if (isBuilt(machine)) return machine;
    throw new Refused('STILL_CREATING', `Proxmox is still making the VM ${nativeId}`);
  };
  attempt.step(40, 'reconfigure');
  const machine = await reconfigure(attempt, read, () => ({ cpus, memoryMib, disks }));
  site.recent.add(machine.vmid);
  return site.statusOf(machine);
}
