import type { ProvisionedVm } from '@dcm/contracts';
import { drawBlueprint, type Blueprint, type Job } from './blueprint';
import type { ClonePlaces } from './clone.places';
import { cloudInitSettings } from './cloud-init.mapper';
import type { PveParameters, PvePath } from './client/pve.request';
import type { Holder } from './finder';
import { isSettled, outlastMaking } from './making';
import { standingOf } from './mark.mapper';
import { cloneParameters, createParameters, hardwareSettings, tagsFor, type Draft } from './spec.mapper';
import { isIdTaken, isNoSuchVm } from './guest.errors';
import { isUnanswered } from './outcome.errors';
import { Refused } from './proxmox.errors';

/** The VM that now stands for the instance. */
export interface Made {
  readonly vmid: number;
  readonly how: ProvisionedVm['how'];
}

/**
 * Makes the VM by one call that writes its mark, or finds that somebody else just did. It never takes another VMID: that
 * this one belongs to one instance only is what makes a second VM impossible.
 * @throws Refused NUMBER_TAKEN, STILL_CREATING, QUESTION_PENDING, `*_NOT_FOUND`, STORAGE_FULL, HOST_UNREACHABLE
 */
export async function createVm(job: Job, clones: ClonePlaces): Promise<Made> {
  const { attempt } = job;
  const blueprint = await drawBlueprint(job);
  const { place } = blueprint;
  attempt.step(4, 'place');
  return clones.use(attempt, place, () => makeVm(job, blueprint));
}

async function makeVm(job: Job, { place, wires, pool, volume }: Blueprint): Promise<Made> {
  const { attempt, resolved, site, vmid, metadata } = job;
  const { ownership } = attempt.operation;
  const { template, node } = place;
  attempt.step(10, template === undefined ? 'create' : 'clone');
  const draft: Draft = {
    vmid,
    spec: resolved.spec,
    metadata,
    ownership,
    place,
    pool,
    wires,
    volume,
    settings: new Map(),
  };
  const [path, parameters] = callFor(draft, job);
  try {
    await attempt.inTurn(() => attempt.run('post', path, parameters, { progress: [10, 65] }));
    site.finder.locator.learn(vmid, node);
    return { vmid, how: 'created' };
  } catch (error) {
    if (isIdTaken(error)) return adoptHolder(job, 'adopted');
    if (isUnanswered(error)) return adoptUnanswered(job, error);
    if (template === undefined || !isNoSuchVm(error)) throw error;
    throw new Refused('IMAGE_NOT_FOUND', `the template ${template.image.vmid} is gone`);
  }
}

function callFor(draft: Draft, { site, attempt }: Job): [PvePath, PveParameters] {
  const { place, spec, metadata, vmid } = draft;
  const { template } = place;
  if (template !== undefined) {
    return [['nodes', template.image.node, 'qemu', template.image.vmid, 'clone'], cloneParameters(draft)];
  }
  const { ciUser, searchDomain } = site.options;
  const guest =
    spec.image === null
      ? []
      : cloudInitSettings(
          spec,
          spec.networks.map((_, index) => index),
          { ciUser, searchDomain },
        );
  const { adminPassword = null } = spec.guest;
  const settings = new Map([
    ...guest,
    ...hardwareSettings({ ...metadata, hasKeys: spec.firmware?.secureBoot === true }, site.options, place.storage.name),
    ...(spec.image !== null && adminPassword !== null ? ([['cipassword', adminPassword]] as const) : []),
    ['tags', tagsFor(attempt.operation.ownership, vmid, metadata)],
  ]);
  return [['nodes', place.node, 'qemu'], createParameters({ ...draft, settings })];
}

/** The VMID is taken: by an earlier attempt's VM, by one that is being made, or by a stranger. */
async function adoptHolder(job: Job, how: Made['how']): Promise<Made> {
  const holder = await settled(job);
  if (holder.kind === 'absent') {
    throw new Refused('STILL_CREATING', `whoever held the VMID ${job.vmid} is gone`);
  }
  return adopt(job, holder, how);
}

/** No answer came to the call: only what is there can tell what became of it. */
async function adoptUnanswered(job: Job, error: unknown): Promise<Made> {
  const holder = await settled(job);
  // What was sent may still arrive, and would take the same VMID.
  if (holder.kind === 'absent') throw error;
  return adopt(job, holder, 'created');
}

async function settled({ attempt, site, vmid }: Job): Promise<Holder> {
  const holder = await site.finder.at(attempt, vmid);
  return isSettled(holder) ? holder : outlastMaking(attempt, site, vmid);
}

/** @throws Refused NUMBER_TAKEN: another number is to be allotted */
export function adopt({ attempt, vmid }: Job, holder: Holder, how: Made['how']): Made {
  const isOurs = holder.kind === 'vm' && standingOf(holder.machine, attempt.operation.ownership) === 'original';
  if (isOurs) return { vmid, how };
  throw new Refused('NUMBER_TAKEN', `the VMID ${vmid} belongs to something that is not DCM's VM`, attempt.effect);
}
