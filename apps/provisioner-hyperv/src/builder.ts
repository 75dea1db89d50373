import type { ProvisionedVm, ResolvedVm } from '@dcm/contracts';
import type { Attempt } from './attempt';
import { plannedNetworks, plannedTemplate, type Job } from './blueprint';
import { holdsDisc, nextChange, type Target } from './changes.policy';
import { discFor } from './cloudinit.mapper';
import { obtain } from './creation';
import { customizationOf } from './customization.policy';
import type { Inventory } from './inventory';
import { discPath, storeDisc } from './library';
import type { Machine } from './machine.mapper';
import { sealedDescription, standingOf } from './mark.mapper';
import { readMetadata } from './metadata.schema';
import { ensurePower } from './powering';
import { plannedSecureBoot } from './secure-boot.policy';
import { settled } from './settling';
import { reconfigure, type Work } from './reconfigure';
import { statusOf } from './status.mapper';

/**
 * Makes a VM, or finishes the one that an earlier attempt began. Each step looks at what is and does what is missing,
 * so that it may begin anew at any point: find or create with the mark → configure, and seal the mark → disc → start.
 */
export class Builder {
  constructor(private readonly inventory: Inventory) {}

  /** @throws BatchError, PowerShellError, JobError, Refused, HypervisorError of the claim, OperationYielded */
  async build(attempt: Attempt, resolved: ResolvedVm): Promise<ProvisionedVm> {
    const job: Job = { attempt, resolved, inventory: this.inventory };
    attempt.step(2, 'find');
    await attempt.finishResumed({ span: [2, 60] });
    const { machine, how } = await obtain(job);
    attempt.effect = 'PARTIAL';
    await finish(job, machine.id);
    attempt.step(95, 'read-back');
    const finished = await settled(attempt, machine.id, attempt.operation.ownership);
    return { how, status: statusOf(finished, new Date()) };
  }
}

async function finish(job: Job, id: string): Promise<void> {
  const { attempt, resolved } = job;
  const { ownership } = attempt.operation;
  const work: Work = { id, ownership, span: [65, 75] };
  const target = (now: Machine): Target => targetOf(job, now);
  let machine = await reconfigure(attempt, work, target);
  const disc = machine.power === 'off' ? await prepareDisc(job, machine) : undefined;
  if (disc !== undefined && nextChange(machine, { disc }) !== undefined) {
    machine = await reconfigure(attempt, { ...work, span: [75, 80] }, (now) => ({ ...target(now), disc }));
  }
  if (!resolved.spec.poweredOn || machine.power !== 'off') return;
  attempt.step(80, 'start');
  await ensurePower(attempt, { machine, ownership }, 'start');
}

/** How the VM shall be; the mark is sealed with the first change that is made to it. */
function targetOf(job: Job, machine: Machine): Target {
  const { attempt, resolved } = job;
  const { spec } = resolved;
  const { ownership } = attempt.operation;
  const { metadata } = readMetadata(spec.metadata);
  const isSealed = standingOf(machine, ownership) === 'sealed';
  return {
    cpus: spec.cpus,
    memoryMib: spec.memoryMib,
    disks: spec.disks,
    networks: plannedNetworks(job),
    vlan: metadata.vlan,
    secureBoot: plannedSecureBoot(resolved.plan) ?? metadata.secureBoot,
    isDynamic: metadata.dynamicMemory,
    ...(!isSealed && { description: sealedDescription(ownership, machine) }),
  };
}

/** Puts what the guest is to be told into the library. @returns the disc's path; undefined when the guest is not told so */
async function prepareDisc(job: Job, machine: Machine): Promise<string | undefined> {
  const { attempt, resolved } = job;
  const { library } = attempt.options;
  if (library === undefined) return undefined;
  const { spec } = resolved;
  const { metadata } = readMetadata(spec.metadata);
  const template = await plannedTemplate(job);
  if (customizationOf(template, spec, { metadata, options: attempt.options }) !== 'cloud-init') return undefined;
  const { ownership } = attempt.operation;
  const path = discPath(library, ownership);
  if (holdsDisc(machine, path)) return path;
  attempt.step(75, 'store-disc');
  const macs = machine.nics.map(({ mac }) => mac);
  await storeDisc(attempt, library, discFor({ instanceId: ownership.instance, spec, macs }));
  return path;
}
