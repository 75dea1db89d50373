import { Checkpoint } from './checkpoint';
import { VmmError } from './errors';
import type { Job } from './job';
import type { Machine, Overlay } from './machine';
import { settle } from './power';
import { demandState } from './states';
import type { Vmm } from './vmm';

/** Hyper-V takes no more of one VM. */
const MAX_CHECKPOINTS = 50;

/** Takes a checkpoint; it appears when the job has ended. @throws VmmError 23008 beyond 50. */
export function takeCheckpoint(
  vmm: Vmm,
  machine: Machine,
  name: string,
  description: string,
): { job: Job; taken: () => Checkpoint | undefined } {
  demandState(machine, ['Running', 'PowerOff', 'Saved', 'Paused']);
  if (machine.VMCheckpoints.length >= MAX_CHECKPOINTS)
    throw new VmmError(23008, [machine.Name, 'it has 50 checkpoints']);
  let checkpoint: Checkpoint | undefined;
  const job = run(
    vmm,
    machine,
    { name: 'Create checkpoint', cmdlet: 'New-SCVMCheckpoint', overlay: 'CreatingCheckpoint' },
    () => {
      checkpoint = new Checkpoint(machine, name, description, vmm.clock.now());
      machine.VMCheckpoints = [...machine.VMCheckpoints, checkpoint];
      machine.parent = checkpoint;
      machine.LastRestoredVMCheckpoint = null;
    },
  );
  return { job, taken: () => checkpoint };
}

/** Leads a VM back to a checkpoint; those taken later stay. */
export function restoreCheckpoint(vmm: Vmm, checkpoint: Checkpoint): Job {
  const machine = vmm.ownerOf(checkpoint);
  demandState(machine, ['Running', 'PowerOff', 'Saved', 'Paused']);
  demandCheckpoint(machine, checkpoint);
  return run(
    vmm,
    machine,
    { name: 'Restore checkpoint', cmdlet: 'Restore-SCVMCheckpoint', overlay: 'RecoveringCheckpoint' },
    () => {
      settle(machine, 'PowerOff');
      checkpoint.restore();
    },
  );
}

/** Removes one checkpoint; its children then stand on its parent. */
export function removeCheckpoint(vmm: Vmm, checkpoint: Checkpoint): Job {
  const machine = vmm.ownerOf(checkpoint);
  demandState(machine, ['Running', 'PowerOff', 'Saved', 'Paused']);
  demandCheckpoint(machine, checkpoint);
  return run(
    vmm,
    machine,
    { name: 'Remove checkpoint', cmdlet: 'Remove-SCVMCheckpoint', overlay: 'DeletingCheckpoint' },
    () => {
      machine.VMCheckpoints = machine.VMCheckpoints.filter((one) => one !== checkpoint);
      for (const one of machine.VMCheckpoints) if (one.parent === checkpoint) one.parent = checkpoint.parent;
      if (machine.parent === checkpoint) machine.parent = checkpoint.parent;
      if (machine.LastRestoredVMCheckpoint === checkpoint) machine.LastRestoredVMCheckpoint = null;
    },
  );
}

function demandCheckpoint(machine: Machine, checkpoint: Checkpoint): void {
  if (!machine.VMCheckpoints.includes(checkpoint)) throw new VmmError(801, ['VMCheckpoint', checkpoint.CheckpointID]);
}

interface CheckpointWork {
  readonly name: string;
  readonly cmdlet: string;
  readonly overlay: Overlay;
}

function run(vmm: Vmm, machine: Machine, { overlay, ...work }: CheckpointWork, end: () => void): Job {
  const back = (): void => {
    machine.overlay = undefined;
  };
  const job = vmm.start({
    ...work,
    kind: 'checkpoint',
    target: machine,
    finish: () => {
      back();
      end();
      return undefined;
    },
    fail: back,
  });
  machine.overlay = overlay;
  return job;
}
