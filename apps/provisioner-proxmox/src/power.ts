import { guestWaitOf, type PowerAction, type VmRef, type VmStatus } from '@dcm/contracts';
import type { Attempt } from './attempt';
import { ensurePower } from './ensure-power';
import type { Machine } from './machine.mapper';
import { isBuilt } from './mark.mapper';
import { moveFor, type PowerMove } from './power.policy';
import { restart } from './restart';
import type { Site } from './site';
import { shutDown } from './soft.power';
import { Refused } from './proxmox.errors';

/** Does what the action asks for in the VM's state. @throws Refused INVALID_POWER_STATE and others */
export async function powerCycle(attempt: Attempt, site: Site, ref: VmRef, action: PowerAction): Promise<VmStatus> {
  attempt.step(5, 'find');
  if (action.action !== 'RESTART') await attempt.finishResumed({ progress: [5, 20] });
  const machine = await requireBuilt(attempt, site, ref);
  const move = moveFor(action, machine.power);
  if (move === 'refuse') {
    throw new Refused('INVALID_POWER_STATE', `${action.action} is not possible while it is ${machine.power}`);
  }
  if (move === 'stay') return site.statusOf(machine);
  attempt.step(20, move, guestWaitOf(action, move));
  await make(move, attempt, site, { machine, mode: 'mode' in action ? action.mode : 'HARD' });
  site.recent.add(machine.vmid);
  attempt.step(95, 'read-back');
  return site.statusOf(await site.finder.requireOurs(attempt, ref.nativeId, ref.ownership));
}

async function requireBuilt(attempt: Attempt, site: Site, { nativeId, ownership }: VmRef): Promise<Machine> {
  const machine = await site.finder.requireOurs(attempt, nativeId, ownership);
  if (isBuilt(machine)) return machine;
  throw new Refused('STILL_CREATING', `Proxmox is still making the VM ${nativeId}`);
}

interface Wish {
  readonly machine: Machine;
  readonly mode: 'SOFT' | 'HARD' | 'TRY_SOFT';
}

async function make(
  move: Exclude<PowerMove, 'stay' | 'refuse'>,
  attempt: Attempt,
  site: Site,
  wish: Wish,
): Promise<void> {
  const { machine } = wish;
  switch (move) {
    case 'power-on':
      return ensurePower(attempt, site, machine, 'on');
    case 'power-off':
      return ensurePower(attempt, site, machine, 'off');
    case 'suspend':
      return ensurePower(attempt, site, machine, 'suspended');
    case 'shut-down':
      if (!(await shutDown(attempt, site, wish))) await ensurePower(attempt, site, machine, 'off');
      return undefined;
    case 'restart':
      return restart(attempt, site, wish);
  }
}
