import type { Behaviour } from '../behaviour';
import { endsWithin, refuses } from '../expectations';

const reason = ['CALL_TIMEOUT', 'BUDGET_EXHAUSTED', 'SITE_UNREACHABLE'] as const;

export const whenConnectionsAreHalfOpen: Behaviour = {
  title: 'ends in time when connections are accepted and never answered, and works on new ones afterwards',
  faults: ['halfOpen'],
  async run(trial) {
    const vm = await trial.vm({ poweredOn: false });
    const fresh = await trial.openPort();
    const restore = await trial.fault('halfOpen')();
    try {
      for (const port of [trial.port, fresh]) {
        const read = endsWithin(5_000, port.getVmStatus(vm.ref, trial.look(500))).then((outcome) => {
          if (outcome.status === 'rejected') throw outcome.reason;
        });
        await refuses(read, { reason, effect: 'NONE' });
      }
    } finally {
      await restore();
    }
    await trial.power(vm, { action: 'ON' });
    await fresh.getVmStatus(vm.ref, trial.look());
  },
};
