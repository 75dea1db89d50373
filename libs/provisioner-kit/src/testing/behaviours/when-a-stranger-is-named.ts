import type { Behaviour } from '../behaviour';
import { leavesAlone } from '../leaves-alone';

export const whenAStrangerIsNamed: Behaviour = {
  title: 'leaves a VM alone that bears no mark at all',
  async run(trial) {
    const instance = trial.instance();
    const stranger = await trial.target.admin.createStranger('stranger');
    await leavesAlone(trial, stranger.nativeId, instance);
  },
};
