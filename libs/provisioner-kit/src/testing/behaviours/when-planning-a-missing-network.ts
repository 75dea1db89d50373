import type { Behaviour } from '../behaviour';
import { refusesPlan } from '../refuses-plan';

export const whenPlanningAMissingNetwork: Behaviour = {
  title: 'names the network that is missing by its place in the request',
  run: (trial) => {
    const networks = [...trial.target.aVm().networks, { network: trial.target.missing.network }];
    return refusesPlan(trial, { networks }, `/networks/${networks.length - 1}/network`);
  },
};
