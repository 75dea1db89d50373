import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { refuses } from '../expectations';

export const whenTheOperationIsCancelled: Behaviour = {
  title: 'begins nothing for an operation that is cancelled',
  async run(trial) {
    const wanted = trial.instance();
    const plan = await trial.port.plan(wanted.spec, trial.look());
    const refusal = { reason: 'CANCELLED', effect: 'NONE' } as const;
    await refuses(trial.port.provisionVm({ spec: wanted.spec, plan }, trial.context(wanted).cancel()), refusal);
    assert.deepEqual(await trial.newVms(), [], 'nothing was made');

    const vm = await trial.vm();
    const cancelled = trial.context(vm.instance).cancel();
    await refuses(trial.power(vm, { action: 'OFF', mode: 'HARD' }, cancelled), refusal);
    assert.equal((await trial.native(vm.status.nativeId))?.power, 'on');
  },
};
