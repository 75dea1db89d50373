import type { Behaviour } from '../behaviour';
import { refusesPlan } from '../refuses-plan';

export const whenPlanningAnUnknownKey: Behaviour = {
  title: 'names the metadata key that it does not know, instead of ignoring it',
  run: (trial) => {
    const { key } = trial.target.missing;
    const metadata = { ...trial.target.aVm().metadata, [key]: 'x' };
    return refusesPlan(trial, { metadata }, `/metadata/${trial.target.platform}/${key}`);
  },
};
