import { aDisk, aMachine, aNic } from '../test/builders';
import { plainName } from './machine.mapper';
import { statusOf } from './status.mapper';

const now = new Date('2026-01-02T03:04:05Z');

describe('a VM as vCenter shows it', () => {
  it.each([
    ['poweredOn', 'connected', 'on', 'poweredOn'],
    ['poweredOff', 'connected', 'off', 'poweredOff'],
    ['suspended', 'connected', 'suspended', 'suspended'],
    ['poweredOn', 'disconnected', 'unknown', 'poweredOn, disconnected'],
    ['poweredOff', 'orphaned', 'unknown', 'poweredOff, orphaned'],
  ])('%s and %s is %s', (powerState, connectionState, power, nativeState) => {
    const machine = aMachine({ 'runtime.powerState': powerState, 'runtime.connectionState': connectionState });
    expect(statusOf(machine, now)).toMatchObject({ power, nativeState });
  });

  it('says so while it waits for an answer', () => {
    expect(statusOf(aMachine({ 'runtime.question.text': 'moved?' }), now).nativeState).toBe(
      'poweredOff, question pending',
    );
  });

  it('has the last value of a setting that stands there twice', () => {
    const twice = [
      { key: 'a', value: 'old' },
      { key: 'a', value: 'new' },
      { key: 'b', value: 7 },
    ];
    const { settings } = aMachine({ 'config.extraConfig': twice });
    expect([...settings]).toEqual([
      ['a', 'new'],
      ['b', ''],
    ]);
  });

  it('has its disks and cards in the order of their keys, with sizes in GiB', () => {
    const devices = [aDisk(3, { key: 2001 }), aDisk(8), aNic({ key: '4001' }), aNic()];
    const machine = aMachine({ 'config.hardware.device': devices });
    expect(statusOf(machine, now).disks).toEqual([{ sizeGib: 8 }, { sizeGib: 3 }]);
    expect(machine.devices.nics.map(({ key, mac }) => [key, mac])).toEqual([
      [4000, '00:50:56:aa:bb:01'],
      [4001, '00:50:56:aa:bb:01'],
    ]);
  });

  it('counts a card of a kind that the vim25 table does not list', () => {
    const odd = aNic({ $type: 'VirtualSriovEthernetCard', key: '4002' });
    expect(aMachine({ 'config.hardware.device': [odd] }).devices.nics).toMatchObject([{ key: 4002 }]);
  });

  it('is incomplete, and says nothing of its size, while vCenter is making it', () => {
    const bare = Object.fromEntries(
      ['instanceUuid', 'extraConfig', 'changeVersion', 'hardware.numCPU', 'hardware.memoryMB', 'hardware.device'].map(
        (path) => [`config.${path}`, undefined],
      ),
    );
    expect(statusOf(aMachine({ ...bare, name: undefined }), now)).toMatchObject({
      name: null,
      complete: false,
      cpus: null,
      memoryMib: null,
      disks: [],
      ownership: null,
      changeVersion: null,
    });
  });

  it('bears its name as people see it', () => {
    expect(plainName('a%2fb%5Cc%25d%2g')).toBe('a/b\\c%d%2g');
  });

  it.each([
    ['guestToolsRunning', 'running'],
    ['guestToolsExecutingScripts', 'running'],
    ['guestToolsNotRunning', 'not-running'],
    [undefined, 'unknown'],
  ])('with tools %s is %s', (tools, guestTools) => {
    expect(statusOf(aMachine({ 'guest.toolsRunningStatus': tools }), now).guestTools).toBe(guestTools);
  });
});
