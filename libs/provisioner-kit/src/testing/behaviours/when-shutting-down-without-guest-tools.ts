import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { refuses } from '../expectations';

export const whenShuttingDownWithoutGuestTools: Behaviour = {
  title: 'refuses a soft power-off or restart where no guest tools run, and pulls the plug when asked only to try',
  needs: ['power-soft'],
  unlessTarget: ['guest-tools-always-run'],
  async run(trial) {
    const vm = await trial.vmThatIs('on');
    const refusal = { reason: 'GUEST_TOOLS_MISSING', effect: 'NONE' } as const;
    await refuses(trial.power(vm, { action: 'OFF', mode: 'SOFT' }), refusal);
    await refuses(trial.power(vm, { action: 'RESTART', mode: 'SOFT' }), refusal);
    assert.equal((await trial.native(vm.status.nativeId))?.power, 'on', 'the VM still runs');
    assert.equal((await trial.power(vm, { action: 'OFF', mode: 'TRY_SOFT' })).power, 'off');
    assert.equal((await trial.native(vm.status.nativeId))?.power, 'off');
  },
};
