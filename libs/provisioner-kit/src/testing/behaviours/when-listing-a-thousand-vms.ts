import assert from 'node:assert/strict';
import type { Behaviour } from '../behaviour';

export const whenListingAThousandVms: Behaviour = {
  title: 'lists a thousand VMs in pages, each once, and is quick about it',
  faults: ['crowd'],
  timeoutMs: 60_000,
  async run(trial) {
    const { port, nativeIds, close } = await trial.fault('crowd')();
    try {
      assert.ok(nativeIds.length >= 1_000 || trial.target.limits['small-crowd'], `only ${nativeIds.length} VMs`);
      const seen: string[] = [];
      const sizes: number[] = [];
      const completes: boolean[] = [];
      for await (const page of port.listVms({ pageSize: 100, signal: trial.look().signal })) {
        seen.push(...page.rows.map(({ nativeId }) => nativeId));
        sizes.push(page.rows.length);
        completes.push(page.complete);
      }
      assert.deepEqual(seen.sort(), [...nativeIds].sort(), 'each stands in it once');
      assert.ok(Math.max(...sizes) <= 100, 'no page is larger than asked for');
      assert.ok(sizes.length <= Math.ceil(nativeIds.length / 100) + 1, `${sizes.length} pages are not too many`);
      assert.deepEqual(completes, [...completes.slice(1).map(() => false), true]);
    } finally {
      await close();
    }
  },
};
