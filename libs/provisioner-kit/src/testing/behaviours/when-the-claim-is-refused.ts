import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { refuses } from '../expectations';

export const whenTheClaimIsRefused: Behaviour = {
  title: 'changes nothing once its claim is refused: neither create, power nor delete',
  async run(trial) {
    const wanted = trial.instance();
    const refused = trial.context(wanted).refuseClaimAfter(0);
    await refuses(trial.provision(wanted, refused), { reason: 'CLAIM_LOST' });
    assert.deepEqual(await trial.newVms(), [], 'nothing was made');

    const vm = await trial.vm();
    const lost = (): ReturnType<typeof trial.context> => trial.context(vm.instance).refuseClaimAfter(0);
    await refuses(trial.power(vm, { action: 'OFF', mode: 'HARD' }, lost()), { reason: 'CLAIM_LOST' });
    const target = { ownership: vm.instance.ownership, nativeIds: [vm.status.nativeId] };
    await refuses(trial.port.deleteVm(target, lost()), { reason: 'CLAIM_LOST' });
    assert.equal((await trial.native(vm.status.nativeId))?.power, 'on', 'the VM is there and still on');
  },
};
