import { aController, aDisk, aMachine, aNetwork, aNic, aPortgroup, GIB_IN_KIB } from '../test/builders';
import { changesTo } from './changes.policy';
import type { VimObject } from './client/vim.data';

const on = { 'runtime.powerState': 'poweredOn' };
const devicesOf = (changes: VimObject | undefined) => changes?.['deviceChange'] as VimObject[] | undefined;

describe('the reconfiguration of a VM', () => {
  it('is none when nothing differs', () => {
    const target = { cpus: 1, memoryMib: 1024, disks: [{ sizeGib: 8 }], networks: [aNetwork()] };
    expect(changesTo(aMachine(), { ...target, settings: new Map([['absent', '']]) })).toBeUndefined();
    expect(changesTo(aMachine(), {})).toBeUndefined();
  });

  it('says only what differs, bound to the version that was read', () => {
    expect(changesTo(aMachine(), { cpus: 2, memoryMib: 1024, disks: [{ sizeGib: 8 }] })).toEqual({
      changeVersion: '7',
      numCPUs: 2,
    });
    expect(changesTo(aMachine(), { settings: new Map([['k', 'v']]) })).toEqual({
      changeVersion: '7',
      extraConfig: [{ key: 'k', value: 'v' }],
    });
  });

  it('makes every CPU a socket when the cores of the image do not divide them', () => {
    const machine = aMachine({ 'config.hardware.numCoresPerSocket': 2 });
    expect(changesTo(machine, { cpus: 3 })).toMatchObject({ numCPUs: 3, numCoresPerSocket: 1 });
    expect(changesTo(machine, { cpus: 4 })).not.toHaveProperty('numCoresPerSocket');
  });

  it('takes CPUs and memory while it runs only where allowed, and never away', () => {
    const hot = aMachine({ ...on, 'config.cpuHotAddEnabled': true, 'config.memoryHotAddEnabled': true });
    expect(changesTo(hot, { cpus: 2, memoryMib: 2048 })).toMatchObject({ numCPUs: 2, memoryMB: 2048 });
    for (const target of [{ cpus: 2 }, { memoryMib: 2048 }]) {
      expect(() => changesTo(aMachine(on), target)).toThrow(/powered off/);
    }
    expect(() => changesTo(hot, { memoryMib: 512 })).toThrow(/powered off/);
    expect(() => changesTo(aMachine({ 'runtime.powerState': 'suspended' }), { cpus: 2 })).toThrow(/powered off/);
    expect(changesTo(aMachine(), { memoryMib: 512 })).toMatchObject({ memoryMB: 512 });
  });

  it('adds no more memory to a running VM than vCenter says it takes, and only in its steps', () => {
    const hot = aMachine({
      ...on,
      'config.memoryHotAddEnabled': true,
      'config.hotPlugMemoryLimit': 4096,
      'config.hotPlugMemoryIncrementSize': 128,
    });
    expect(changesTo(hot, { memoryMib: 4096 })).toMatchObject({ memoryMB: 4096 });
    for (const memoryMib of [4224, 1100]) expect(() => changesTo(hot, { memoryMib })).toThrow(/powered off/);
  });

  it('changes the cores of a socket only while it is off', () => {
    const hot = aMachine({ ...on, 'config.cpuHotAddEnabled': true, 'config.hardware.numCoresPerSocket': 2 });
    expect(changesTo(hot, { cpus: 4 })).toMatchObject({ numCPUs: 4 });
    expect(() => changesTo(hot, { cpus: 3 })).toThrow(/powered off/);
  });

  it('does not grow a disk that stands on a snapshot, and adds others beside it', () => {
    const backing = { ...(aDisk(8)['backing'] as object), parent: { $type: 'VirtualDiskFlatVer2BackingInfo' } };
    const machine = aMachine({ 'config.hardware.device': [aController(), aDisk(8, { backing })] });
    expect(() => changesTo(machine, { disks: [{ sizeGib: 9 }] })).toThrow(/stands on a snapshot/);
    expect(devicesOf(changesTo(machine, { disks: [{ sizeGib: 8 }, { sizeGib: 1 }] }))).toHaveLength(1);
  });

  it('grows a disk with its whole backing, and nothing of it that the table does not know', () => {
    const [change] = devicesOf(changesTo(aMachine(), { disks: [{ sizeGib: 9 }] })) ?? [];
    expect(change).toEqual({
      operation: 'edit',
      device: {
        $type: 'VirtualDisk',
        key: 2000,
        backing: {
          $type: 'VirtualDiskFlatVer2BackingInfo',
          fileName: '[ds] vm/vm.vmdk',
          datastore: { type: 'Datastore', value: 'datastore-1' },
          diskMode: 'persistent',
          thinProvisioned: true,
        },
        controllerKey: 1000,
        unitNumber: 0,
        capacityInKB: 9 * GIB_IN_KIB,
        capacityInBytes: 9 * GIB_IN_KIB * 1024,
      },
    });
  });

  it('never shrinks a disk, and does not touch one that it cannot read', () => {
    expect(() => changesTo(aMachine(), { disks: [{ sizeGib: 7 }] })).toThrow(/cannot shrink to 7 GiB/);
    const raw = aDisk(8, { backing: { $type: 'VirtualDiskRawDiskMappingVer1BackingInfo' } });
    const machine = aMachine({ 'config.hardware.device': [aController(), raw] });
    expect(() => changesTo(machine, { disks: [{ sizeGib: 9 }] })).toThrow(/cannot grow/);
    expect(changesTo(machine, { disks: [{ sizeGib: 8 }] })).toBeUndefined();
  });

  it('adds disks at free places, and a controller when there is none', () => {
    const added = devicesOf(changesTo(aMachine(), { disks: [{ sizeGib: 8 }, { sizeGib: 1 }, { sizeGib: 2 }] })) ?? [];
    expect(added.map(({ device }) => device)).toMatchObject([
      { controllerKey: 1000, unitNumber: 1, capacityInKB: GIB_IN_KIB },
      { controllerKey: 1000, unitNumber: 2, capacityInKB: 2 * GIB_IN_KIB },
    ]);
    const bare = aMachine({ 'config.hardware.device': [] });
    const [controller, disk] = devicesOf(changesTo(bare, { disks: [{ sizeGib: 1 }], isThin: false })) ?? [];
    expect(controller).toMatchObject({ device: { $type: 'ParaVirtualSCSIController', key: -100, busNumber: 0 } });
    expect(disk).toMatchObject({ device: { controllerKey: -100, backing: { thinProvisioned: false } } });
  });

  it('moves cards to their networks by position, adds what is missing and removes what is too many', () => {
    const machine = aMachine({ 'config.hardware.device': [aNic(), aNic({ key: 4001 }), aNic({ key: 4002 })] });
    const changes = devicesOf(changesTo(machine, { networks: [aPortgroup(), aNetwork()] })) ?? [];
    expect(changes).toMatchObject([
      {
        operation: 'edit',
        device: {
          $type: 'VirtualVmxnet3',
          key: 4000,
          macAddress: '00:50:56:AA:BB:01',
          backing: { port: { switchUuid: 'sw-1', portgroupKey: 'dvportgroup-1' } },
        },
      },
      { operation: 'remove', device: { key: 4002 } },
    ]);
    const more = devicesOf(changesTo(aMachine(), { networks: [aNetwork(), aPortgroup()] })) ?? [];
    expect(more).toMatchObject([{ operation: 'add', device: { $type: 'VirtualVmxnet3', key: -201 } }]);
  });

  it('does not move a card of a kind that it cannot describe', () => {
    const machine = aMachine({ 'config.hardware.device': [aNic({ $type: 'VirtualSriovEthernetCard' })] });
    expect(() => changesTo(machine, { networks: [aPortgroup()] })).toThrow(/VirtualSriovEthernetCard/);
    expect(changesTo(machine, { networks: [aNetwork()] })).toBeUndefined();
  });
});
