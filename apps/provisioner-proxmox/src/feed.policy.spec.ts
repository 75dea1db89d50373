import { changedBetween, readingOf } from './feed.policy';
import { readVmEntries } from './vm-entry.mapper';

const reading = (vms: Record<string, unknown>[], tasks: Record<string, unknown>[] = []) =>
  readingOf(readVmEntries(vms.map((vm) => ({ type: 'qemu', node: 'pve1', status: 'stopped', ...vm }))), tasks);
const task = (vmid: string, more: Record<string, unknown> = {}) => ({ upid: `UPID:pve1:${vmid}`, id: vmid, ...more });

describe('what changed between two readings', () => {
  it('is what came, went, moved, was renamed, tagged, locked or started', () => {
    const before = reading([
      { vmid: 100 },
      { vmid: 101 },
      { vmid: 102, name: 'a' },
      { vmid: 103 },
      { vmid: 104 },
      { vmid: 106 },
    ]);
    const after = reading([
      { vmid: 100 },
      { vmid: 102, name: 'b' },
      { vmid: 103, node: 'pve2' },
      { vmid: 104, status: 'running' },
      { vmid: 105 },
      { vmid: 106, lock: 'backup' },
    ]);
    expect(changedBetween(before, after)).toEqual([101, 102, 103, 104, 105, 106]);
    expect(changedBetween(after, after)).toEqual([]);
  });

  it('is what tasks worked on, at their begin and at their end, although the list is old', () => {
    const vms = [{ vmid: 500 }];
    const [none, begun, ended] = [[], [task('500')], [task('500', { endtime: 7, status: 'OK' })]].map((one) =>
      reading(vms, one),
    );
    expect(none && begun && changedBetween(none, begun)).toEqual([500]);
    expect(begun && ended && changedBetween(begun, ended)).toEqual([500]);
    expect(ended && none && changedBetween(ended, none)).toEqual([]);
  });

  it('is nothing that a task without a VM did', () => {
    expect(changedBetween(reading([]), reading([], [task(''), task('pve1'), { id: '100' }]))).toEqual([]);
  });

  it('is no container', () => {
    expect(changedBetween(reading([]), reading([{ vmid: 100, type: 'lxc' }]))).toEqual([]);
  });
});
