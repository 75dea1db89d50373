import type { HypervisorReason, ProvisionedVm } from '@dcm/contracts';
import type { Attempt } from './attempt';
import { drawBlueprint, type Job } from './blueprint';
import { creationBatch } from './creation.mapper';
import { findEverywhere, theOne } from './finder';
import { isUnanswered, JobError, Refused } from './hyperv.errors';
import { readMachine, type Machine } from './machine.mapper';
import { standingOf } from './mark.mapper';
import { nameProblem } from './name.policy';
import { BatchError } from './powershell/powershell.errors';
import { removeRecord } from './removal';

/** The VM that now stands for the instance. */
export interface Made {
  readonly machine: Machine;
  readonly how: ProvisionedVm['how'];
}

const LOCK_WAIT_MS = 15_000;
/** So often what is found may turn out to be on its way somewhere else. */
const MAX_ROUNDS = 20;

/**
 * Makes the VM by one call that writes its mark, or finds the one that an earlier attempt made; one whose creation failed
 * is removed first.
 * @throws Refused NAME_CONFLICT, INVALID_SPEC, `*_NOT_FOUND`, DUPLICATE_MARK; JobError when VMM could not make it
 */
export async function obtain(job: Job): Promise<Made> {
  const { attempt, resolved } = job;
  const problem = nameProblem(resolved.spec.platformName);
  if (problem !== undefined) throw new Refused('INVALID_SPEC', problem);
  const { ownership } = attempt.operation;
  let how: Made['how'] = 'adopted';
  // A first attempt has nothing to look for, but what the creating batch finds by itself.
  let machine = attempt.operation.attempt === 1 ? undefined : await look(attempt);
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    if (machine === undefined) ({ machine, how } = await create(job));
    if (machine.phase === 'failed' && standingOf(machine, ownership) === 'unsealed') {
      await removeRecord(attempt, machine);
    } else if (machine.phase !== 'building' && machine.phase !== 'deleting') {
      return { machine, how };
    } else {
      attempt.step(10, machine.phase);
      await attempt.outlast(machine.job);
    }
    machine = await look(attempt);
  }
  throw new Refused('STILL_CREATING', 'what VMM has of it changes again and again');
}

/** @throws Refused DUPLICATE_MARK */
async function look(attempt: Attempt): Promise<Machine | undefined> {
  const found = await findEverywhere(attempt, attempt.operation.ownership);
  // Whatever bears the mark was made for this operation.
  if (found.own.length > 0) attempt.effect = 'PARTIAL';
  return theOne(found);
}

async function create(job: Job): Promise<Made> {
  const { attempt } = job;
  const before = attempt.effect;
  try {
    // Whatever an earlier call has made, the next one finds.
    return await attempt.persist(() => createOnce(job));
  } catch (error) {
    if (error instanceof JobError) return withoutRecord(attempt, error, before);
    if (!isUnanswered(error)) throw reasonFor(error);
    // No answer came to the call: only what is there can tell what became of it.
    const machine = await look(attempt);
    if (machine === undefined) throw error;
    return { machine, how: 'created' };
  }
}

async function createOnce(job: Job): Promise<Made> {
  const { attempt, resolved } = job;
  const { ownership } = attempt.operation;
  const blueprint = await drawBlueprint(job);
  attempt.step(10, 'create');
  const before = attempt.effect;
  const lockWaitMs = Math.round(Math.min(LOCK_WAIT_MS, attempt.callTimeoutMs / 2));
  const birth = { blueprint, spec: resolved.spec, ownership, attempt: attempt.operation.attempt, lockWaitMs };
  const { rows } = await attempt.change(creationBatch(birth));
  if (rows.found.length > 0) {
    attempt.effect = 'PARTIAL';
    const machine = theOne({ own: rows.found.map(readMachine) });
    if (machine !== undefined) return { machine, how: 'adopted' };
  }
  const [holder] = rows.named;
  if (holder !== undefined) {
    const problem = `${holder.id ?? 'a VM'} has the name ${resolved.spec.platformName} and is not DCM's VM`;
    throw new Refused('NAME_CONFLICT', problem);
  }
  const made = rows.made[0] === undefined ? undefined : readMachine(rows.made[0]);
  if (made === undefined) throw new Refused('PLATFORM_ERROR', 'VMM does not name the VM that it made', 'UNKNOWN');
  if (made.job !== undefined) await attempt.follow(made.job.id, { span: [10, 65] }, before);
  return { machine: (await attempt.machine(made.id)) ?? made, how: 'created' };
}

/** VMM keeps a record of what it could not make; it is removed, so that nothing is left of this attempt. */
async function withoutRecord(attempt: Attempt, error: JobError, before: Attempt['effect']): Promise<never> {
  attempt.effect = 'PARTIAL';
  const machine = await look(attempt);
  if (machine?.phase === 'failed') await removeRecord(attempt, machine);
  if (machine === undefined || machine.phase === 'failed') attempt.effect = before;
  throw error;
}

/** What is gone since the plan, by the step that looked for it. */
const MISSING: Readonly<Record<string, readonly [HypervisorReason, string]>> = {
  template: ['IMAGE_NOT_FOUND', 'the template of its plan is gone'],
  cloud: ['PLACEMENT_NOT_FOUND', 'the cloud of its plan is gone'],
  group: ['PLACEMENT_NOT_FOUND', 'the host group of its plan is gone'],
  host: ['PLACEMENT_NOT_FOUND', 'the host of its plan is gone'],
  runAs: ['INVALID_SPEC', "there is no Run As account of the request's name"],
};

function reasonFor(error: unknown): unknown {
  if (!(error instanceof BatchError) || error.hasActed) return error;
  const [reason, cause] = MISSING[error.failure.step] ?? [];
  return reason === undefined || cause === undefined ? error : new Refused(reason, cause);
}
