import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';
import { eventually } from '../expectations';

export const whenVmsChangeByHand: Behaviour = {
  title: 'tells that a VM changed when an administrator changes it, and ends when nobody listens any more',
  needs: ['change-feed'],
  async run(trial) {
    const [vm, other] = [await trial.vmThatIs('off'), await trial.vmThatIs('off')];
    const facet = trial.port.changes;
    assert.ok(facet, 'the adapter declares a change feed and has one');
    const controller = new AbortController();
    const told = new Set<string>();
    const listening = (async () => {
      for await (const changes of facet.changes(controller.signal))
        for (const { nativeId } of changes) told.add(nativeId);
    })();
    const ended = Promise.allSettled([listening]);
    try {
      // A feed says nothing of before it began: both are changed until both are told.
      for (const { status } of [vm, other]) {
        let power: 'on' | 'off' = 'off';
        const isTold = async (): Promise<boolean> => {
          power = power === 'on' ? 'off' : 'on';
          if (!told.has(status.nativeId)) await trial.target.admin.setPower(status.nativeId, power);
          return told.has(status.nativeId);
        };
        await eventually(isTold, 'the change is told');
      }
      told.clear();
      await trial.target.admin.deleteVm(vm.status.nativeId);
      await eventually(() => Promise.resolve(told.has(vm.status.nativeId)), 'the deletion is told');
    } finally {
      controller.abort();
    }
    await ended;
  },
};
