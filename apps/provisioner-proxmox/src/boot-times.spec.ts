import { BootTimes } from './boot-times';
import { readMachine } from './machine.mapper';

const aVm = (uptime: number, pid = 7, status = 'running') =>
  readMachine({ vmid: 500_001, node: 'pve1', config: {}, current: { status, uptime, pid }, snapshots: [] });
const at = (ms: number): Date => new Date(1_000_000 + ms);

describe('when a VM was started', () => {
  it('is the same time for the same process, although seconds are cut', () => {
    const times = new BootTimes();
    const first = times.of(aVm(10), at(10_900));
    expect(first).toEqual(at(900));
    expect(times.of(aVm(11), at(11_100))).toEqual(first);
    expect(times.of(aVm(99), at(99_999))).toEqual(first);
  });

  it('is another for another process', () => {
    const times = new BootTimes();
    times.of(aVm(10), at(10_000));
    expect(times.of(aVm(10, 8), at(11_000))).toEqual(at(1_000));
    expect(times.of(aVm(1, 8), at(20_000))).toEqual(at(19_000));
  });

  it('is now for one that just began', () => {
    expect(new BootTimes().of(aVm(0), at(5))).toEqual(at(5));
  });

  it('is not known of a VM that is off', () => {
    const times = new BootTimes();
    expect(times.of(aVm(10, 7, 'stopped'), at(0))).toBeUndefined();
  });
});
