import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { eventually } from '../expectations';

export const whenTheGuestAgentStops: Behaviour = {
  title: 'says that the guest agent does not run any more when it has stopped',
  faults: ['guest'],
  unlessTarget: ['guest-tools-always-run'],
  async run(trial) {
    const vm = await trial.vm();
    await trial.tools(vm);
    await trial.fault('guest')(vm.status.nativeId, { tools: 'not-running', addresses: [] });
    const stopped = async (): Promise<boolean> => (await trial.status(vm)).guestTools !== 'running';
    await eventually(stopped, 'the agent is shown as stopped');
    assert.equal((await trial.status(vm)).power, 'on', 'the VM runs on');
  },
};
