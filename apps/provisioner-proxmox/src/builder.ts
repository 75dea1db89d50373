import type { ProvisionedVm, ResolvedVm } from '@dcm/contracts';
import type { Attempt } from './attempt';
import { jobOf, wiresIn, type Job } from './blueprint';
import type { Target } from './changes.policy';
import { ClonePlaces } from './clone.places';
import { cloudInitSettings } from './cloud-init.mapper';
import { adopt, createVm, type Made } from './creation';
import { theOne, type Reading } from './finder';
import { ensureHa } from './high-availability';
import type { Machine } from './machine.mapper';
import { outlastMaking } from './making';
import { isBuilt, ownerInTags, standingOf } from './mark.mapper';
import type { Wire } from './network.policy';
import { ensurePower, leadTo } from './ensure-power';
import { reconfigure } from './reconfigure';
import type { Site } from './site';
import { hardwareSettings, tagsFor } from './spec.mapper';
import { Refused } from './proxmox.errors';

/**
 * Makes a VM, or finishes the one that an earlier attempt began. Each step looks at what is and does what is missing,
 * so that it may begin anew at any point: find → clone or create with the mark → configure → grow disks → power on.
 */
export class Builder {
  private readonly clones: ClonePlaces;

  constructor(private readonly site: Site) {
    this.clones = new ClonePlaces(site.options.maxClonesPerStorage);
  }

  /** @throws Refused, the client's errors, HypervisorError of the claim, OperationYielded */
  async build(attempt: Attempt, resolved: ResolvedVm): Promise<ProvisionedVm> {
    try {
      return await this.buildOnce(attempt, resolved);
    } catch (error) {
      // The next attempt then knows that what it finds cannot be of this one.
      if (attempt.isUntouched && attempt.effect === 'NONE') attempt.remember({ isUntouched: true, task: undefined });
      throw error;
    }
  }

  private async buildOnce(attempt: Attempt, resolved: ResolvedVm): Promise<ProvisionedVm> {
    const job = jobOf(attempt, resolved, this.site);
    attempt.step(2, 'find');
    await attempt.finishResumed({ progress: [2, 60] });
    const made = (await findMade(job)) ?? (await createVm(job, this.clones));
    attempt.effect = 'PARTIAL';
    const machine = await finish(job, made);
    return { how: made.how, status: this.site.statusOf(machine) };
  }
}

/** What an earlier attempt made. @throws Refused NUMBER_TAKEN, DUPLICATE_MARK, STILL_CREATING, QUESTION_PENDING */
async function findMade(job: Job): Promise<Made | undefined> {
  const { attempt, site, vmid } = job;
  const found = await site.finder.quickly(attempt, attempt.operation.ownership, [vmid]);
  if (found.original.length > 0) attempt.effect = 'PARTIAL';
  const machine = theOne(found);
  if (machine !== undefined && isBuilt(machine)) return { vmid: machine.vmid, how: 'adopted' };
  if (machine === undefined && found.building.length === 0) {
    const [stranger] = found.foreign;
    return stranger === undefined ? undefined : adopt(job, { kind: 'vm', machine: stranger }, 'adopted');
  }
  attempt.step(10, 'wait-for-creation');
  const holder = await outlastMaking(attempt, site, machine?.vmid ?? vmid);
  return holder.kind === 'absent' ? undefined : adopt(job, holder, 'adopted');
}

/** @returns the VM as it is in the end */
async function finish(job: Job, { vmid }: Made): Promise<Machine> {
  const { attempt, resolved, site } = job;
  attempt.step(65, 'configure');
  const wires = await plannedWires(job);
  const read = (): Promise<Machine> => requireMade(job, vmid, 'without-snapshots');
  const machine = await reconfigure(attempt, read, (now) => targetOf(job, wires, now));
  site.recent.add(vmid);
  if (job.metadata.ha === true) await ensureHa(attempt, machine, resolved.spec.poweredOn);
  if (!resolved.spec.poweredOn || machine.power === 'on') return machine;
  attempt.step(85, 'power-on');
  return powerOn(job, machine);
}

/** @returns the VM as it is then: what shows that it is on is what is told of it */
async function powerOn(job: Job, machine: Machine): Promise<Machine> {
  const { attempt, site } = job;
  // Who waits for the HA manager looks often.
  if (machine.isHaManaged) {
    await ensurePower(attempt, site, machine, 'on');
    attempt.step(95, 'read-back');
    return requireMade(job, machine.vmid);
  }
  let last = machine;
  await leadTo(attempt, machine, 'on', async () => {
    attempt.step(95, 'read-back');
    last = await requireMade(job, machine.vmid);
    return last.power;
  });
  return last;
}

async function plannedWires(job: Job): Promise<Wire[] | undefined> {
  const { attempt, site } = job;
  try {
    return wiresIn(job, await site.inventory.places(attempt));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return wiresIn(job, await site.inventory.places(attempt, true));
  }
}

/**
 * How the VM shall be. The tag with the mark is set in the same call as what the guest is told, and proves that it was:
 * passwords cannot be read back, and a guest that has started is not told again.
 */
function targetOf(job: Job, wires: readonly Wire[] | undefined, machine: Machine): Target {
  const { attempt, resolved, metadata, vmid } = job;
  const { cpus, memoryMib, disks } = resolved.spec;
  const hardware: Target = { cpus, memoryMib, disks, wires };
  if (machine.power !== 'off' || ownerInTags(machine.tags, machine.vmid) !== null) return hardware;
  const { ownership } = attempt.operation;
  const settings = new Map([
    ...hardwareSettings(
      { ...metadata, hasKeys: resolved.spec.firmware?.secureBoot === true },
      job.site.options,
      machine.config['efidisk0'] === undefined ? storageOf(machine) : undefined,
    ),
    ...guestSettings(job, machine, wires),
    ['tags', tagsFor(ownership, vmid, metadata)],
  ]);
  return { ...hardware, settings };
}

const storageOf = ({ devices: { disks } }: Machine): string | undefined => disks[0]?.storage;

/** What cloud-init is told; nothing where the image has no drive for it. */
function guestSettings(
  { resolved: { spec }, site }: Job,
  { devices }: Machine,
  wires: readonly Wire[] | undefined,
): Map<string, string> {
  if (devices.cloudInit === undefined) return new Map();
  const next = Math.max(-1, ...devices.nics.map(({ index }) => index));
  const cards = (wires ?? []).map(
    (_, position) => devices.nics[position]?.index ?? next + 1 + position - devices.nics.length,
  );
  const { ciUser, searchDomain } = site.options;
  const { adminPassword = null } = spec.guest;
  return new Map([
    ...cloudInitSettings(spec, cards, { ciUser, searchDomain }),
    ...(adminPassword === null ? [] : ([['cipassword', adminPassword]] as const)),
  ]);
}

/** @throws Refused VM_NOT_FOUND, STILL_CREATING, NOT_OURS */
async function requireMade({ attempt, site }: Job, vmid: number, reading?: Reading): Promise<Machine> {
  const holder = await site.finder.at(attempt, vmid, reading);
  if (holder.kind !== 'vm') throw new Refused('VM_NOT_FOUND', `the VM ${vmid} is gone`);
  const { machine } = holder;
  const standing = standingOf(machine, attempt.operation.ownership);
  if (standing === 'building') throw new Refused('STILL_CREATING', `Proxmox is still making the VM ${vmid}`);
  if (standing === 'foreign') throw new Refused('NOT_OURS', `the VM ${vmid} lost its ownership mark`);
  return machine;
}
