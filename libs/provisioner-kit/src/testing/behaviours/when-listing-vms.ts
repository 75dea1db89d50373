import assert from 'node:assert/strict';
import type { VmRow } from '@dcm/contracts';
import type { Behaviour } from '../behaviour';

export const whenListingVms: Behaviour = {
  title: 'lists every VM in pages, strangers too, and says on the last page that it saw everything',
  async run(trial) {
    const vms = [await trial.vm({ poweredOn: false }), await trial.vm(), await trial.vm({ poweredOn: false })];
    const stranger = await trial.target.admin.createStranger('stranger');
    const rows: VmRow[] = [];
    const completes: boolean[] = [];
    for await (const page of trial.port.listVms({ pageSize: 2, signal: trial.look().signal })) {
      assert.ok(page.rows.length <= 2, `a page holds ${page.rows.length} rows`);
      rows.push(...page.rows);
      completes.push(page.complete);
    }
    assert.deepEqual(
      completes,
      [...completes.slice(1).map(() => false), true],
      'the last page, and no other, is complete',
    );
    const native = await trial.target.admin.listVms();
    const ids = (list: readonly { nativeId: string }[]): string[] => list.map(({ nativeId }) => nativeId).sort();
    assert.deepEqual(ids(rows), ids(native), 'each VM stands in it once');
    const rowOf = (nativeId: string): VmRow | undefined => rows.find((row) => row.nativeId === nativeId);
    for (const { instance, status } of vms) {
      assert.deepEqual(rowOf(status.nativeId), {
        nativeId: status.nativeId,
        name: instance.spec.platformName,
        ownership: instance.ownership,
        power: status.power,
      });
    }
    assert.equal(rowOf(stranger.nativeId)?.ownership, null);
  },
};
