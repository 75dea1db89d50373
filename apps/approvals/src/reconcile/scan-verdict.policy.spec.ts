import { verdictOn, type ScanTally } from './scan-verdict.policy';

const at = '2026-01-01T12:00:00.000Z';
const aTally = (fields: Partial<ScanTally> = {}): ScanTally => ({
  vms: 120,
  ours: 100,
  believed: 100,
  missing: 0,
  vanished: 0,
  accepted: 0,
  ...fields,
});

describe('the verdict on a scan', () => {
  it('tells what it found', () => {
    expect(verdictOn(aTally({ missing: 2, vanished: 1 }), at)).toEqual({
      finishedAt: at,
      vms: 120,
      ours: 100,
      missing: 2,
      isSuspect: false,
      detail: null,
    });
  });

  it.each([
    [100, 10, false],
    [100, 11, true],
    [10_000, 1_000, false],
    [10_000, 1_001, true],
    [29, 2, false],
    [29, 3, true],
    [30, 3, false],
    [2, 2, false],
    [3, 3, true],
    [0, 0, false],
  ])('of %d VMs of which %d vanished is suspect: %s', (believed, vanished, isSuspect) => {
    expect(verdictOn(aTally({ believed, vanished }), at).isSuspect).toBe(isSuspect);
  });

  it('says why it is suspect', () => {
    const { detail } = verdictOn(aTally({ missing: 40, vanished: 40 }), at);
    expect(detail).toBe(
      '40 of 100 VMs were not seen: no VM changes until a scan shows them again, or 3 scans in a row do not',
    );
  });

  it('takes many for true that were not seen often enough, however many', () => {
    expect(verdictOn(aTally({ missing: 90, accepted: 90 }), at)).toMatchObject({
      isSuspect: false,
      detail: '90 VMs were not seen in 3 scans in a row: they are looked for one by one',
    });
  });

  it('is suspect while others vanish, though some were not seen often enough', () => {
    expect(verdictOn(aTally({ missing: 60, accepted: 30, vanished: 30 }), at).isSuspect).toBe(true);
  });
});
