import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';

export const whenAListingBreaksOff: Behaviour = {
  title: 'never calls a listing complete that was broken off',
  async run(trial) {
    await trial.vm({ poweredOn: false });
    await trial.vm({ poweredOn: false });
    const controller = new AbortController();
    const completes: boolean[] = [];
    const scan = async (): Promise<void> => {
      for await (const page of trial.port.listVms({ pageSize: 1, signal: controller.signal })) {
        completes.push(page.complete);
        controller.abort();
      }
    };
    await assert.rejects(scan(), 'a listing that is aborted throws');
    assert.deepEqual(completes, [false]);
  },
};
