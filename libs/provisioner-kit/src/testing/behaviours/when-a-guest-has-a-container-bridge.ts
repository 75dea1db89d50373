import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { eventually } from '../expectations';

export const whenAGuestHasAContainerBridge: Behaviour = {
  title: "chooses the address of the VM's own card, never a container bridge, loopback or a link-local one",
  faults: ['guest'],
  async run(trial) {
    const vm = await trial.vm();
    await trial.fault('guest')(vm.status.nativeId, {
      tools: 'running',
      addresses: [
        { address: '172.17.0.1', on: 'bridge' },
        { address: '127.0.0.1', on: 'nic' },
        { address: '169.254.7.7', on: 'nic' },
        { address: 'fe80::1', on: 'nic' },
        { address: '10.9.8.7', on: 'nic' },
      ],
    });
    const chosen = async (): Promise<string[]> =>
      (await trial.status(vm)).addresses.filter(({ primary }) => primary).map(({ address }) => address);
    await eventually(async () => (await chosen()).length > 0, 'an address is chosen');
    assert.deepEqual(await chosen(), ['10.9.8.7']);
  },
};
