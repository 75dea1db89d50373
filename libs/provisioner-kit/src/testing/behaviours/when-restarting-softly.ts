import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { leadsTo } from '../leads-to';

export const whenRestartingSoftly: Behaviour = {
  title: 'restarts a guest whose tools run, and refuses a VM that is not on',
  needs: ['restart-soft'],
  faults: ['guest'],
  async run(trial) {
    const action = { action: 'RESTART', mode: 'SOFT' } as const;
    await leadsTo(trial, action, { on: 'on', off: 'refused', suspended: 'refused' }, { tools: true });
    const vm = await trial.vmThatIs('on');
    await trial.tools(vm);
    const before = (await trial.status(vm)).bootedAt;
    await trial.power(vm, action);
    const after = (await trial.status(vm)).bootedAt;
    if (before !== null && after !== null) assert.ok(after >= before, 'the boot time does not go backwards');
  },
};
