import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { refuses } from '../expectations';

export const whenAResizeStopsHalfWay: Behaviour = {
  title: 'stops a resize where its claim is lost, and another worker takes it to its end from there',
  needs: ['resize-cold', 'disk-grow'],
  async run(trial) {
    const rehearsal = await trial.vmThatIs('off');
    const targetOf = ({ status }: typeof rehearsal) => ({ cpus: 2, disks: [...status.disks, { sizeGib: 1 }] });
    const whole = trial.context(rehearsal.instance);
    await trial.resize(rehearsal, targetOf(rehearsal), whole);
    for (let step = 0; step < whole.granted; step += 1) {
      const vm = await trial.vmThatIs('off');
      const target = targetOf(vm);
      const broken = trial.context(vm.instance).refuseClaimAfter(step);
      await refuses(trial.resize(vm, target, broken), { reason: 'CLAIM_LOST' });
      if (step === 0) {
        const { cpus, disks } = await trial.status(vm);
        assert.deepEqual({ cpus, disks }, { cpus: vm.status.cpus, disks: vm.status.disks }, 'nothing was changed');
      }
      const other = await trial.openPort();
      const { cpus, disks } = await other.reconfigureVm(vm.ref, target, trial.context(vm.instance, { attempt: 2 }));
      assert.deepEqual({ cpus, disks }, target);
    }
  },
};
