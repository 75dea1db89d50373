import assert from 'node:assert/strict';
import type { VmSpec } from '@dcm/contracts';
import type { Trial } from './trial';

/** A spec that cannot be met is answered with an error that points at the place in the request, and changes nothing. */
export async function refusesPlan(trial: Trial, overrides: Partial<VmSpec>, pointer: string): Promise<void> {
  const { spec } = trial.instance(overrides);
  const plan = await trial.port.plan(spec, trial.look());
  const errors = plan.diagnostics.filter((one) => one.severity === 'error');
  assert.deepEqual(
    errors.map((one) => one.pointer),
    [pointer],
    'exactly the broken place is named',
  );
  assert.ok(errors[0]?.message, 'the error says what is wrong');
  assert.deepEqual(await trial.newVms(), [], 'nothing was made');
}
