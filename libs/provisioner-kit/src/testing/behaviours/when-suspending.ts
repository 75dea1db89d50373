import type { Behaviour } from '../behaviour';
import { leadsTo } from '../leads-to';

export const whenSuspending: Behaviour = {
  title: 'suspends a VM that is on, leaves one that is suspended, and refuses one that is off',
  needs: ['power-suspend'],
  run: (trial) => leadsTo(trial, { action: 'SUSPEND' }, { on: 'suspended', off: 'refused', suspended: 'suspended' }),
};
