import assert from 'node:assert/strict';
import { planSchema } from '@dcm/contracts';
import type { Behaviour } from '../behaviour';

export const whenPlanning: Behaviour = {
  title: 'plans to native ids, twice the same, and changes nothing',
  async run(trial) {
    const { spec } = trial.instance({ disks: [] });
    const plan = planSchema.parse(await trial.port.plan(spec, trial.look()));
    assert.deepEqual(
      plan.diagnostics.filter((one) => one.severity === 'error'),
      [],
    );
    assert.ok(plan.image !== null && plan.image.nativeId !== '', 'the image is resolved');
    assert.ok(plan.image.version !== '', 'the image has a version');
    assert.deepEqual(
      plan.networks.map(({ name }) => name),
      spec.networks.map(({ network }) => network),
    );
    assert.ok(
      plan.networks.every(({ nativeId }) => nativeId !== ''),
      'every network is resolved',
    );
    assert.ok(plan.diskGib > 0, 'the size of the disks is known');

    const again = await trial.port.plan(spec, trial.look());
    assert.deepEqual({ ...again, hints: {} }, { ...plan, hints: {} }, 'only hints may differ');
    assert.deepEqual(await trial.newVms(), [], 'nothing was made');
  },
};
