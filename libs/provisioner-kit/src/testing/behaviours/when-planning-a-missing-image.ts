import type { Behaviour } from '../behaviour';
import { refusesPlan } from '../refuses-plan';

export const whenPlanningAMissingImage: Behaviour = {
  title: 'names the image that is missing',
  run: (trial) => {
    const { image } = trial.target.missing;
    return refusesPlan(trial, { image: { name: image, source: image } }, '/image');
  },
};
