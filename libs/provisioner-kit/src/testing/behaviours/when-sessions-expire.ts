import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';

export const whenSessionsExpire: Behaviour = {
  title: 'logs in again by itself when its session has expired, for reads side by side and for changes',
  faults: ['expireSessions'],
  async run(trial) {
    const vm = await trial.vm({ poweredOn: false });
    await trial.fault('expireSessions')();
    const reads = await Promise.all([1, 2, 3, 4, 5].map(() => trial.port.getVmStatus(vm.ref, trial.look())));
    assert.ok(reads.every(({ nativeId }) => nativeId === vm.status.nativeId));
    await trial.fault('expireSessions')();
    assert.equal((await trial.power(vm, { action: 'ON' })).power, 'on');
    await trial.fault('expireSessions')();
    assert.equal((await trial.port.checkHealth(trial.look())).loggedIn, true);
    await trial.fault('expireSessions')();
    const { how } = await trial.provision(trial.instance());
    assert.equal(how, 'created');
  },
};
