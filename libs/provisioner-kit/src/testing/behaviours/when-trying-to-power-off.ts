import type { Behaviour } from '../behaviour';
import { leadsTo } from '../leads-to';

export const whenTryingToPowerOff: Behaviour = {
  title: 'switches off from every state when it is to try softly, whether tools run or not',
  needs: ['power-hard'],
  async run(trial) {
    const action = { action: 'OFF', mode: 'TRY_SOFT' } as const;
    await leadsTo(trial, action, { on: 'off', off: 'off', suspended: 'off' });
    if (trial.target.faults.guest && trial.target.limits.guest === undefined)
      await leadsTo(trial, action, { on: 'off', off: 'off', suspended: 'off' }, { tools: true });
  },
};
