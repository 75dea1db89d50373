import type { Behaviour } from '../behaviour';
import { leadsTo } from '../leads-to';

export const whenRestartingHard: Behaviour = {
  title: 'restarts a VM that is on, and refuses one that is not',
  needs: ['power-hard'],
  run: (trial) =>
    leadsTo(trial, { action: 'RESTART', mode: 'HARD' }, { on: 'on', off: 'refused', suspended: 'refused' }),
};
