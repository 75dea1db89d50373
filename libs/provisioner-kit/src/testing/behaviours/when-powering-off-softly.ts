import type { Behaviour } from '../behaviour';
import { leadsTo } from '../leads-to';

export const whenPoweringOffSoftly: Behaviour = {
  title: 'shuts a guest down whose tools run, leaves a VM that is off, and refuses one that is suspended',
  needs: ['power-soft'],
  faults: ['guest'],
  run: (trial) =>
    leadsTo(trial, { action: 'OFF', mode: 'SOFT' }, { on: 'off', off: 'off', suspended: 'refused' }, { tools: true }),
};
