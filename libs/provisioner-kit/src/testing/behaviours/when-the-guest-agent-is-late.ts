import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { eventually } from '../expectations';

export const whenTheGuestAgentIsLate: Behaviour = {
  title: 'does not wait for a guest agent, and shows the agent and the addresses once it reports them',
  faults: ['guest'],
  unlessTarget: ['guest-tools-always-run'],
  async run(trial) {
    const vm = await trial.vm();
    assert.notEqual(vm.status.guestTools, 'running', 'the VM exists, and its agent does not run yet');
    assert.deepEqual(vm.status.addresses, []);
    const { nativeId } = vm.status;
    const addresses = [{ address: '10.9.8.7', on: 'nic' }] as const;
    await trial.fault('guest')(nativeId, { tools: 'running', addresses });
    const shown = async (): Promise<boolean> => (await trial.status(vm)).addresses.length > 0;
    await eventually(shown, 'the address is shown');
    const { guestTools, addresses: seen } = await trial.status(vm);
    assert.equal(guestTools, 'running');
    assert.deepEqual(
      seen.map(({ address, primary }) => ({ address, primary })),
      [{ address: '10.9.8.7', primary: true }],
    );
    assert.ok(seen[0]?.mac, 'it says on which card the address is');
    assert.ok(['guest-tools', 'guest-agent'].includes(seen[0].source), 'it says who told it');
  },
};
