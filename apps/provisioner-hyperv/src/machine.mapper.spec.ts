import { aMachine, aRow, GIB } from '../test/builders';
import { hasSucceeded, isRunning } from './machine.mapper';
import { statusOf } from './status.mapper';

const NOW = new Date('2026-01-02T03:04:05.678Z');

describe('a VM as VMM shows it', () => {
  it.each([
    ['Running', 'ready', 'on'],
    ['PowerOff', 'ready', 'off'],
    ['Saved', 'ready', 'suspended'],
    ['Paused', 'ready', 'paused'],
    ['UnderCreation', 'building', 'off'],
    ['CreationFailed', 'failed', 'off'],
    ['CustomizationFailed', 'failed', 'off'],
    ['Deleting', 'deleting', 'off'],
    ['Starting', 'changing', 'unknown'],
    ['HostNotResponding', 'lost', 'unknown'],
    ['Missing', 'lost', 'unknown'],
    ['SomethingNew', 'changing', 'unknown'],
  ])('is %s: %s, power %s', (status, phase, power) => {
    expect(aMachine({ status })).toMatchObject({ phase, power });
  });

  it('has its disks and cards in the order of their places', () => {
    const disk = (id: string, busType: string, lun: number) => ({ id, busType, bus: 0, lun, bytes: GIB, parent: null });
    const disks = [disk('c', 'SCSI', 2), disk('b', 'SCSI', 0), disk('a', 'IDE', 0)];
    expect(aMachine({ disks }).disks.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    const [nic] = aRow().nics;
    const nics = [1, 0].flatMap((slot) => (nic === undefined ? [] : [{ ...nic, id: `n${slot}`, slot }]));
    expect(aMachine({ nics }).nics.map(({ id }) => id)).toEqual(['n0', 'n1']);
  });

  it('has no MAC before the host has given one', () => {
    const [nic] = aRow().nics;
    const macs = ['00:00:00:00:00:00', '', null, '00-15-5D-0A-00-01'].flatMap((mac) =>
      nic === undefined ? [] : [{ ...nic, mac }],
    );
    expect(aMachine({ nics: macs }).nics.map(({ mac }) => mac)).toEqual([
      undefined,
      undefined,
      undefined,
      '00:15:5d:0a:00:01',
    ]);
  });

  it('stands on the checkpoint that it was led back to, else on the newest', () => {
    const checkpoints = [
      { id: 'B', name: 'two', addedAt: '2026-01-02T00:00:00.000Z' },
      { id: 'A', name: 'one', addedAt: '2026-01-01T00:00:00.000Z' },
    ];
    const current = (restored: string | null): unknown =>
      aMachine({ checkpoints, restored }).checkpoints.map(({ name, isCurrent }) => [name, isCurrent]);
    expect(current(null)).toEqual([
      ['one', false],
      ['two', true],
    ]);
    expect(current('a')).toEqual([
      ['one', true],
      ['two', false],
    ]);
  });

  it('tells addresses that lead somewhere, IPv4 first, and guest services while it runs', () => {
    const [nic] = aRow().nics;
    const addresses = { ipv4: ['169.254.1.1', '10.0.0.7', '127.0.0.1'], ipv6: ['fe80::1', '2001:db8::1'] };
    const nics = nic === undefined ? [] : [{ ...nic, ...addresses }];
    const status = statusOf(aMachine({ status: 'Running', hasGuestServices: true, nics }), NOW);
    expect(status.addresses).toEqual([
      expect.objectContaining({ address: '10.0.0.7', mac: '00:15:5d:00:00:01', network: 'VM Network', primary: true }),
      expect.objectContaining({ address: '2001:db8::1', primary: false }),
    ]);
    expect(status.guestTools).toBe('running');
    expect(statusOf(aMachine({ hasGuestServices: true }), NOW).guestTools).toBe('not-running');
    expect(statusOf(aMachine({ status: 'HostNotResponding', hasGuestServices: true }), NOW).guestTools).toBe('unknown');
  });

  it('is not complete while it is built, or when that failed', () => {
    const complete = ['PowerOff', 'UnderCreation', 'CreationFailed'].map(
      (status) => statusOf(aMachine({ status }), NOW).complete,
    );
    expect(complete).toEqual([true, false, false]);
  });
});

describe('a job', () => {
  it.each([
    ['Running', true, false],
    ['NotStarted', true, false],
    ['Completed', false, true],
    ['SucceedWithInfo', false, true],
    ['Failed', false, false],
    ['Canceled', false, false],
  ])('that is %s', (status, goesOn, succeeded) => {
    expect([isRunning(status), hasSucceeded(status)]).toEqual([goesOn, succeeded]);
  });
});
