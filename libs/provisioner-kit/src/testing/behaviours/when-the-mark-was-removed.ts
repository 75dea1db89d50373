import type { Behaviour } from '../behaviour';
import { leavesAlone } from '../leaves-alone';

export const whenTheMarkWasRemoved: Behaviour = {
  title: 'leaves a VM alone from which an administrator removed the mark',
  async run(trial) {
    const { instance, status } = await trial.vm();
    await trial.target.admin.removeMark(status.nativeId);
    await leavesAlone(trial, status.nativeId, instance);
  },
};
