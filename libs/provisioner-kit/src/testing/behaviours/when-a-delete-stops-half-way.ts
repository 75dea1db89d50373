import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { refuses } from '../expectations';

export const whenADeleteStopsHalfWay: Behaviour = {
  title: 'stops a delete where its claim is lost, and another worker takes it to its end from there',
  async run(trial) {
    const rehearsal = await trial.vmThatIs('on');
    const whole = trial.context(rehearsal.instance);
    await trial.remove(rehearsal, whole);
    for (let step = 0; step < whole.granted; step += 1) {
      const vm = await trial.vmThatIs('on');
      const broken = trial.context(vm.instance).refuseClaimAfter(step);
      await refuses(trial.remove(vm, broken), { reason: 'CLAIM_LOST' });
      assert.ok(await trial.native(vm.status.nativeId), 'it is not gone yet');
      const again = trial.context(vm.instance, { attempt: 2 });
      assert.equal(await trial.remove(vm, again, await trial.openPort()), 'DELETED');
    }
    assert.deepEqual(await trial.newVms(), []);
  },
};
