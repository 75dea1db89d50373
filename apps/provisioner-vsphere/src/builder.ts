import type { ProvisionedVm, ResolvedVm } from '@dcm/contracts';
import type { Attempt } from './attempt';
import { askedSettings, plannedNetworks, type Job } from './blueprint';
import { changesTo, type Target } from './changes.policy';
import { ClonePlaces } from './clone.places';
import type { ManagedObjectReference } from './client/managed.object';
import { createVm, type Made } from './creation';
import { customizationOf } from './customization.policy';
import { findQuickly, theOne } from './finder';
import { guestSettings, needsMacs } from './guestinfo.mapper';
import type { Inventory } from './inventory';
import type { Network } from './places';
import type { Machine } from './machine.mapper';
import { MARK_KEY, markFor, standingOf } from './mark.mapper';
import { readWish } from './wish.policy';
import { ensurePower } from './power';
import { prepare } from './preparation';
import { reconfigure } from './reconfigure';
import { statusOf } from './status.mapper';
import type { Templates } from './templates';
import type { SiteOptions } from './vsphere.config';
import { Refused } from './vsphere.errors';

/**
 * Makes a VM, or finishes the one that an earlier attempt began. Each step looks at what is and does what is missing,
 * so that it may begin anew at any point: find → create with the mark, powered off → reconfigure → power on.
 */
export class Builder {
  private readonly clones: ClonePlaces;

  constructor(
    private readonly inventory: Inventory,
    private readonly templates: Templates,
    private readonly options: SiteOptions,
  ) {
    this.clones = new ClonePlaces(options.maxClonesPerHost);
  }

  /** @throws VimFault, VimTransportError, Refused, HypervisorError of the claim, OperationYielded */
  async build(attempt: Attempt, resolved: ResolvedVm): Promise<ProvisionedVm> {
    const { inventory, templates, options, clones } = this;
    const job: Job = { attempt, resolved, inventory, templates, options, clones };
    attempt.step(2, 'find');
    await attempt.finishResumed({ progress: [2, 60] });
    const made = (await findMade(attempt)) ?? (await createVm(job));
    attempt.effect = 'PARTIAL';
    await finish(job, made.ref);
    attempt.step(95, 'read-back');
    const machine = await requireMade(attempt, made.ref);
    return { how: made.how, status: statusOf(machine, new Date()) };
  }
}

/** What an earlier attempt made. @throws Refused NOT_OURS when the mark of our VM was removed, DUPLICATE_MARK */
async function findMade(attempt: Attempt): Promise<Made | undefined> {
  const { ownership } = attempt.operation;
  const found = await findQuickly(attempt, ownership);
  // Whatever has the identity was made for this operation.
  if (Object.values(found).some((some) => some.length > 0)) attempt.effect = 'PARTIAL';
  const vm = theOne(found);
  if (vm !== undefined) return { ref: vm.ref, how: 'adopted' };
  const [stranger] = found.foreign;
  if (stranger === undefined) return undefined;
  throw new Refused('NOT_OURS', `the VM ${stranger.ref.value} has its identity, but not its ownership mark`);
}

async function finish(job: Job, ref: ManagedObjectReference): Promise<void> {
  const { attempt, resolved } = job;
  attempt.step(65, 'reconfigure');
  const networks = await plannedNetworks(job);
  const machine = await reconfigure(
    attempt,
    () => requireMade(attempt, ref),
    (now) => targetOf(job, networks, now),
  );
  if (machine.power === 'off') await prepare(job, machine);
  if (!resolved.spec.poweredOn || machine.power === 'on') return;
  attempt.step(80, 'power-on');
  await ensurePower(attempt, ref, 'on');
}

/**
 * How the VM shall be. What the guest is told can be complete only when its cards are right and have addresses: then it
 * takes a second round. A VM that runs is not told again: cloud-init may have removed what it has read.
 */
function targetOf(job: Job, networks: Network[] | undefined, machine: Machine): Target {
  const { attempt, options } = job;
  const { spec } = job.resolved;
  const { metadata } = readWish(spec);
  const healed = healedMark(attempt, machine);
  const hardware: Target = {
    cpus: spec.cpus,
    memoryMib: spec.memoryMib,
    disks: spec.disks,
    networks,
    isThin: metadata.diskProvisioning !== 'thick',
    settings: healed,
  };
  if (machine.power !== 'off') return hardware;
  const kind = customizationOf(metadata);
  const usesMacs = kind === 'cloud-init' && needsMacs(spec);
  if (usesMacs && changesTo(machine, { networks }) !== undefined) return hardware;
  const macs = machine.devices.nics.map(({ mac }) => mac);
  if (usesMacs && spec.networks.some((_, index) => macs[index] === undefined)) {
    throw new Refused('PLATFORM_ERROR', 'vCenter gave its network cards no addresses');
  }
  const guestinfo = guestSettings(kind, { instanceId: attempt.operation.ownership.instance, spec, macs });
  return { ...hardware, settings: new Map([...askedSettings(metadata, options), ...guestinfo, ...healed]) };
}

/** A VM to which vCenter gave another instanceUuid gets the mark that belongs to it. */
function healedMark({ operation: { ownership } }: Attempt, machine: Machine): Map<string, string> {
  if (machine.instanceUuid === undefined || standingOf(machine, ownership) !== 'renumbered') return new Map();
  return new Map([[MARK_KEY, markFor(ownership, machine.instanceUuid.toLowerCase())]]);
}

/** @throws Refused VM_NOT_FOUND, STILL_CREATING, NOT_OURS */
async function requireMade(attempt: Attempt, ref: ManagedObjectReference): Promise<Machine> {
  const machine = await attempt.machine(ref);
  if (machine === undefined) throw new Refused('VM_NOT_FOUND', `the VM ${ref.value} is gone`);
  const standing = standingOf(machine, attempt.operation.ownership);
  if (standing === 'building') throw new Refused('STILL_CREATING', `vCenter is still making the VM ${ref.value}`);
  if (standing === 'foreign') throw new Refused('NOT_OURS', `the VM ${ref.value} lost its ownership mark`);
  return machine;
}
