import type { Behaviour } from '../behaviour';
import { leadsTo } from '../leads-to';

export const whenTryingToRestart: Behaviour = {
  title: 'restarts a VM that is on when it is to try softly, tools or not, and refuses one that is not on',
  needs: ['power-hard'],
  run: (trial) =>
    leadsTo(trial, { action: 'RESTART', mode: 'TRY_SOFT' }, { on: 'on', off: 'refused', suspended: 'refused' }),
};
