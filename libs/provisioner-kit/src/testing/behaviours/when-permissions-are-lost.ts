import assert from 'node:assert/strict';
import { HypervisorError } from '@dcm/contracts';
import type { Behaviour } from '../behaviour';
import { errorTextOf } from '../error-text';
import { refuses } from '../expectations';

export const whenPermissionsAreLost: Behaviour = {
  title: 'never takes a VM that its account may not see any more for one that is gone',
  faults: ['hideVms'],
  async run(trial) {
    const vm = await trial.vm({ poweredOn: false });
    const { ownership } = vm.instance;
    const hints = { nativeIds: [vm.status.nativeId], earlierNumbers: [] };
    const refusal = { reason: 'MISSING_PRIVILEGE', effect: 'NONE' } as const;
    const restore = await trial.fault('hideVms')();
    try {
      await refuses(trial.status(vm), refusal);
      await refuses(trial.port.findVm(ownership, hints, trial.look()), refusal);
      await refuses(trial.port.findVm(ownership, { nativeIds: [], earlierNumbers: [] }, trial.look()), refusal);
      await refuses(trial.remove(vm), refusal);
      const [scan] = await Promise.allSettled([
        everyPage(trial.port.listVms({ pageSize: 50, signal: trial.look().signal })),
      ]);
      if (scan.status === 'fulfilled') assert.ok(!scan.value, 'no scan is complete that saw nothing');
      else assert.ok(scan.reason instanceof HypervisorError, errorTextOf(scan.reason));
    } finally {
      await restore();
    }
    assert.equal((await trial.status(vm)).nativeId, vm.status.nativeId);
  },
};

/** @returns whether the scan called itself complete. */
async function everyPage(pages: AsyncIterable<{ complete: boolean }>): Promise<boolean> {
  let isComplete = false;
  for await (const { complete } of pages) isComplete ||= complete;
  return isComplete;
}
