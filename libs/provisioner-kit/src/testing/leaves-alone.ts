import assert from 'node:assert/strict';
import type { Ownership } from '@dcm/contracts';
import { refuses } from './expectations';
import type { Trial } from './trial';
import type { TrialInstance } from './trial-context';

/** A VM that is not ours is neither read as ours nor changed, whoever names its native id. */
export async function leavesAlone(trial: Trial, nativeId: string, as: TrialInstance): Promise<void> {
  const before = await trial.native(nativeId);
  assert.ok(before, 'the VM stands there');
  const ref = { nativeId, ownership: as.ownership };
  const refusal = { reason: 'NOT_OURS', effect: 'NONE' } as const;
  await refuses(trial.port.getVmStatus(ref, trial.look()), refusal);
  const action = before.power === 'on' ? ({ action: 'OFF', mode: 'HARD' } as const) : ({ action: 'ON' } as const);
  await refuses(trial.port.powerCycle(ref, action, trial.context(as)), refusal);
  await refuses(trial.port.reconfigureVm(ref, { cpus: 2 }, trial.context(as)), refusal);
  const snapshot = { name: 'not-ours-00000000', description: '', memory: false };
  if (trial.port.snapshots)
    await refuses(trial.port.snapshots.createSnapshot(ref, snapshot, trial.context(as)), refusal);
  if (trial.port.console) await refuses(trial.port.console.openConsole(ref, trial.look()), refusal);
  assert.deepEqual(await found(trial, as.ownership, nativeId), []);
  const target = { ownership: as.ownership, nativeIds: [nativeId] };
  assert.equal(await trial.port.deleteVm(target, trial.context(as)), 'NOT_OURS');
  assert.deepEqual(await trial.native(nativeId), before, 'it is untouched');
}

/** Native ids of what bears a mark. */
export async function found(trial: Trial, ownership: Ownership, ...hints: string[]): Promise<string[]> {
  const statuses = await trial.port.findVm(ownership, { nativeIds: hints, earlierNumbers: [] }, trial.look());
  return statuses.map(({ nativeId }) => nativeId);
}
