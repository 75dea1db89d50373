import type { Behaviour } from '../behaviour';
import { leadsTo } from '../leads-to';

export const whenPoweringOn: Behaviour = {
  title: 'powers on from every state, and leaves a VM that is on as it is',
  run: (trial) => leadsTo(trial, { action: 'ON' }, { on: 'on', off: 'on', suspended: 'on' }),
};
