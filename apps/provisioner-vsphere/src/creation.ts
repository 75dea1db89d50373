import type { ProvisionedVm } from '@dcm/contracts';
import type { Attempt } from './attempt';
import { drawBlueprint, plannedTemplate, type Job } from './blueprint';
import type { ManagedObjectReference } from './client/managed.object';
import { readReference } from './client/reader';
import { findEverywhere, theOne } from './finder';
import { standingOf } from './mark.mapper';
import { nameProblem } from './name.policy';
import type { Template } from './template';
import { cloneParameters, createParameters, type Blueprint } from './spec.mapper';
import { holderOf, isDuplicateName, isUnanswered, Refused } from './vsphere.errors';

/** The VM that now stands for the instance. */
export interface Made {
  readonly ref: ManagedObjectReference;
  readonly how: ProvisionedVm['how'];
}

/**
 * Makes the VM by one call that writes its mark, or finds that somebody else just did.
 * @throws Refused NAME_CONFLICT, STILL_CREATING, INVALID_SPEC, `*_NOT_FOUND`, STORAGE_FULL
 */
export async function createVm(job: Job): Promise<Made> {
  const { attempt } = job;
  const problem = nameProblem(job.resolved.spec.platformName);
  if (problem !== undefined) throw new Refused('INVALID_SPEC', problem);
  const template = await plannedTemplate(job);
  const make = (): Promise<Made> => makeVm(job, template);
  return template === undefined ? make() : job.clones.use(attempt, template, make);
}

async function makeVm(job: Job, template: Template | undefined): Promise<Made> {
  const { attempt } = job;
  const blueprint = await drawBlueprint(job, template);
  attempt.step(10, template === undefined ? 'create' : 'clone');
  try {
    const ref = readReference(await attempt.inTurn(() => callFor(attempt, blueprint, template)));
    if (ref === undefined) throw new Refused('PLATFORM_ERROR', 'vCenter does not name the VM that it made', 'UNKNOWN');
    return { ref, how: 'created' };
  } catch (error) {
    if (isDuplicateName(error)) return adoptHolder(attempt, holderOf(error), blueprint);
    if (isUnanswered(error)) return adoptUnanswered(attempt, error);
    throw error;
  }
}

function callFor(attempt: Attempt, blueprint: Blueprint, template: Template | undefined): Promise<unknown> {
  const progress = { progress: [10, 65] } as const;
  if (template === undefined) {
    return attempt.run('CreateVM_Task', blueprint.folder, createParameters(blueprint), progress);
  }
  const parameters = cloneParameters(blueprint, template);
  return attempt.run('CloneVM_Task', template.image.ref, parameters, progress);
}

/** The name is taken: by an earlier attempt's VM, by one that is being made, or by a stranger. */
async function adoptHolder(
  attempt: Attempt,
  named: ManagedObjectReference | undefined,
  { folder, spec: { platformName } }: Blueprint,
): Promise<Made> {
  const holder = named?.type === 'VirtualMachine' ? named : await childOf(attempt, folder, platformName);
  const machine = holder?.type === 'VirtualMachine' ? await attempt.machine(holder) : undefined;
  if (machine === undefined) {
    if (holder !== undefined && holder.type !== 'VirtualMachine') throw nameConflict(holder, platformName);
    throw new Refused('STILL_CREATING', `whoever held the name ${platformName} is gone`);
  }
  const standing = standingOf(machine, attempt.operation.ownership);
  if (standing === 'foreign') throw nameConflict(machine.ref, platformName);
  if (standing !== 'building') return { ref: machine.ref, how: 'adopted' };
  throw new Refused('STILL_CREATING', `vCenter is still making the VM ${machine.ref.value}`, 'UNKNOWN');
}

const nameConflict = (holder: ManagedObjectReference, name: string): Refused =>
  new Refused('NAME_CONFLICT', `${holder.value} has the name ${name} and is not DCM's VM`);

/** No answer came to the call: only what is there can tell what became of it. */
async function adoptUnanswered(attempt: Attempt, error: unknown): Promise<Made> {
  const found = theOne(await findEverywhere(attempt, attempt.operation.ownership));
  if (found === undefined) throw error;
  return { ref: found.ref, how: 'created' };
}

async function childOf(
  attempt: Attempt,
  entity: ManagedObjectReference,
  name: string,
): Promise<ManagedObjectReference | undefined> {
  const { searchIndex } = await attempt.client.content(attempt.signal);
  return readReference(await attempt.read('FindChild', searchIndex, { entity, name }));
}
