import { aMachine } from '../test/builders';
import { reference } from './client/managed.object';
import { statusOf } from './status.mapper';

const node = (id: string, name: string, children: unknown[] = []): unknown => ({
  snapshot: reference('VirtualMachineSnapshot', id),
  name,
  createTime: new Date('2026-01-02T03:04:05Z'),
  childSnapshotList: children,
});

describe('the snapshots of a VM', () => {
  it('are read from the whole tree, each after the one on which it stands', () => {
    const snapshot = {
      currentSnapshot: reference('VirtualMachineSnapshot', 'snapshot-2'),
      rootSnapshotList: [
        node('snapshot-1', 'a', [node('snapshot-2', 'b'), node('snapshot-3', 'c')]),
        node('snapshot-4', 'd'),
      ],
    };
    const { snapshots } = statusOf(aMachine({ snapshot }), new Date());
    expect(snapshots?.map(({ name, isCurrent }) => [name, isCurrent])).toEqual([
      ['a', false],
      ['b', true],
      ['c', false],
      ['d', false],
    ]);
    expect(snapshots?.[0]?.createdAt).toBe('2026-01-02T03:04:05.000Z');
  });

  it('are known to be none when vCenter shows no tree', () => {
    expect(statusOf(aMachine({}), new Date()).snapshots).toEqual([]);
  });
});
