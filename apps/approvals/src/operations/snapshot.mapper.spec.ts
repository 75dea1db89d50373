import type { Snapshot } from '@dcm/contracts';
import { aStatus, aVm, inMs, now } from '../../test/scene.builder';
import { countedSnapshots, snapshotsSeen, withoutOpen, withoutSnapshot, withSnapshot } from './snapshot.mapper';
import type { VmRecord } from './vm.entity';

const aSnapshot = (name: string, at = 0): Snapshot => ({
  id: `id-${name}`,
  name,
  platformName: `${name}-1`,
  description: '',
  memory: false,
  isCurrent: false,
  createdAt: inMs(at).toISOString(),
});
const listed = (...names: string[]): ReturnType<typeof aStatus> =>
  aStatus({
    snapshots: names.map((name, index) => ({ name, createdAt: now.toISOString(), isCurrent: index === 0 })),
  });
const withAll = (vm: VmRecord, ...snapshots: Snapshot[]): VmRecord =>
  snapshots.reduce((one, snapshot) => ({ ...one, snapshotMemory: withSnapshot(one, snapshot, 'made') }), vm);
const idsOf = (vm: VmRecord): string[] => Object.keys(vm.snapshotMemory);

describe('the snapshots of a VM', () => {
  const vm = withAll(aVm(), aSnapshot('b', 2), aSnapshot('a', 1));

  it('are those of DCM that a read lists, the oldest first', () => {
    const { snapshots } = snapshotsSeen(vm, listed('b-1', 'a-1', 'backup'));
    expect(snapshots).toMatchObject([
      { name: 'a', isCurrent: false },
      { name: 'b', isCurrent: true },
    ]);
  });

  it('stay as they are shown when a read does not list any, or was overtaken', () => {
    expect(snapshotsSeen(vm, aStatus())).toEqual({});
    const later = { ...vm, doc: { ...vm.doc, observedAt: inMs(1).toISOString() } };
    expect(snapshotsSeen(later, listed())).toEqual({});
    expect(snapshotsSeen(vm, listed())).toEqual({ snapshots: [] });
  });

  it('are remembered with the size of then', () => {
    expect(vm.snapshotMemory['id-a']).toMatchObject({ size: { cpus: 2, disks: [{ sizeGib: 10 }] }, sizeName: 's' });
    expect(idsOf({ ...vm, snapshotMemory: withoutSnapshot(vm, 'id-a') })).toEqual(['id-b']);
  });

  it('keep the size of then, and the price, whatever the VM became until it is known that they were made', () => {
    const price = { currency: 'EUR', perHourMicros: 1, perMonthMicros: 730 };
    const asked = aVm({}, { planPrice: price });
    const open = { ...asked, snapshotMemory: withSnapshot(asked, aSnapshot('a'), 'open') };
    const grown = { ...open, planPrice: null, doc: { ...open.doc, cpus: 8 } };
    expect(withSnapshot(grown, aSnapshot('a', 5), 'made')).toMatchObject({
      'id-a': { snapshot: aSnapshot('a', 5), size: { cpus: 2 }, sizeName: 's', price, isOpen: false },
    });
  });

  it('count once they are asked for, while they are shown, and no more when a read that lists all does not show them', () => {
    const none = aVm();
    expect(countedSnapshots(none)).toBe(0);
    const asked = { ...none, snapshotMemory: withSnapshot(none, aSnapshot('a'), 'open') };
    expect(countedSnapshots(asked)).toBe(1);
    const shown = { ...asked, doc: { ...asked.doc, snapshots: [aSnapshot('a'), aSnapshot('b')] } };
    expect(countedSnapshots(shown)).toBe(2);
    const settled = { ...asked, snapshotMemory: withoutOpen(asked) };
    expect(countedSnapshots(settled)).toBe(0);
    expect(Object.keys(settled.snapshotMemory)).toEqual(['id-a']);
  });

  it('that may be there are never forgotten for their number', () => {
    const asked = aVm();
    const open = { ...asked, snapshotMemory: withSnapshot(asked, aSnapshot('open'), 'open') };
    const many = Array.from({ length: 40 }, (_one, index) => aSnapshot(`n${index}`, index + 1));
    expect(countedSnapshots(withAll(open, ...many))).toBe(1);
  });

  it('that no read ever showed are forgotten one day, never one that is shown', () => {
    const shown = aSnapshot('shown', 0);
    const first = withAll(aVm({ snapshots: [shown] }), shown);
    const many = Array.from({ length: 40 }, (_one, index) => aSnapshot(`n${index}`, index + 1));
    const ids = idsOf(withAll(first, ...many));
    expect(ids).toHaveLength(33);
    expect(ids).toEqual(expect.arrayContaining(['id-shown', 'id-n39', 'id-n8']));
  });
});
