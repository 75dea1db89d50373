import type { Behaviour } from '../behaviour';
import { leadsTo } from '../leads-to';

export const whenPoweringOffHard: Behaviour = {
  title: 'powers off from every state, and leaves a VM that is off as it is',
  needs: ['power-hard'],
  run: (trial) => leadsTo(trial, { action: 'OFF', mode: 'HARD' }, { on: 'off', off: 'off', suspended: 'off' }),
};
