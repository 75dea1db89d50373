import type { Behaviour } from '../behaviour';
import { leavesAlone } from '../leaves-alone';

export const whenAnotherInstallationOwnsTheVm: Behaviour = {
  title: 'leaves a VM alone that another installation owns',
  async run(trial) {
    const { instance, status } = await trial.vm({}, { installation: 'somebody-else' });
    const ours = { ...instance, ownership: { ...instance.ownership, installation: 'conformance' } };
    await leavesAlone(trial, status.nativeId, ours);
  },
};
