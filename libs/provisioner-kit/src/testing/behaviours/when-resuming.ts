import type { Behaviour } from '../behaviour';
import { leadsTo } from '../leads-to';

export const whenResuming: Behaviour = {
  title: 'resumes a VM that is suspended, leaves one that is on, and refuses one that is off',
  needs: ['power-suspend'],
  run: (trial) => leadsTo(trial, { action: 'RESUME' }, { on: 'on', off: 'refused', suspended: 'on' }),
};
