import { changesTo, type Target } from './changes.policy';
import { readMachine, type Machine } from './machine.mapper';

const GIB = 1024 ** 3;
const NET0 = 'virtio=BC:24:11:00:00:01,bridge=vmbr0,firewall=1';
const aVm = (config: Record<string, unknown> = {}, status = 'stopped'): Machine =>
  readMachine({
    vmid: 500_001,
    node: 'pve1',
    config: {
      name: 'web',
      cores: 2,
      memory: '2048',
      scsi0: 'ceph:vm-1-disk-0,size=8G',
      net0: NET0,
      boot: 'order=scsi0',
      ...config,
    },
    current: { status },
    snapshots: [],
  });
const configOf = (machine: Machine, target: Target) => changesTo(machine, target)?.config;
const wire = (bridge: string, vlan?: number) => ({ name: bridge, bridge, vlan });

describe('what leads a VM to a target', () => {
  it('is nothing where nothing differs', () => {
    const target = {
      cpus: 2,
      memoryMib: 2048,
      disks: [{ sizeGib: 8 }],
      wires: [wire('vmbr0')],
      settings: new Map([['name', 'web']]),
    };
    expect(changesTo(aVm(), target)).toBeUndefined();
    expect(changesTo(aVm(), {})).toBeUndefined();
    expect(changesTo(aVm({ scsi1: 'ceph:x,size=1G' }), { disks: [] })).toBeUndefined();
  });

  it('is the number of cores, on the sockets of the image where they divide it', () => {
    expect(configOf(aVm(), { cpus: 4 })).toEqual({ cores: '4' });
    expect(configOf(aVm({ sockets: 2 }), { cpus: 6 })).toEqual({ cores: '3' });
    expect(configOf(aVm({ sockets: 2 }), { cpus: 5 })).toEqual({ sockets: '1', cores: '5' });
    expect(configOf(aVm({ vcpus: 1 }), { cpus: 2 })).toEqual({ cores: '2', delete: 'vcpus' });
  });

  it('is memory', () => {
    expect(configOf(aVm(), { memoryMib: 1024 })).toEqual({ memory: '1024' });
  });

  it('is refused for a running VM, unless its image lets it plug them in', () => {
    const refusal = expect.objectContaining({ reason: 'INVALID_POWER_STATE' }) as Error;
    for (const target of [{ cpus: 4 }, { memoryMib: 4096 }])
      expect(() => changesTo(aVm({}, 'running'), target)).toThrow(refusal);
    const plug = { hotplug: 'cpu,memory,disk', numa: 1, cores: 8, vcpus: 2 };
    expect(configOf(aVm(plug, 'running'), { cpus: 4, memoryMib: 4096 })).toEqual({ vcpus: '4', memory: '4096' });
    for (const target of [{ cpus: 9 }, { cpus: 1 }, { memoryMib: 1024 }, { memoryMib: 2500 }]) {
      expect(() => changesTo(aVm(plug, 'running'), target)).toThrow(refusal);
    }
    expect(() => changesTo(aVm({ ...plug, numa: 0 }, 'running'), { memoryMib: 4096 })).toThrow(refusal);
  });

  it('is a disk that grows to an absolute size, by its position', () => {
    expect(changesTo(aVm(), { disks: [{ sizeGib: 9 }] })).toEqual({
      config: {},
      growths: [{ key: 'scsi0', sizeBytes: 9 * GIB }],
    });
    expect(() => changesTo(aVm(), { disks: [{ sizeGib: 7 }], cpus: 4 })).toThrow(/cannot shrink to 7 GiB/);
  });

  it('is a disk on the next free unit, beside the system disk or where it is told', () => {
    const disks = [{ sizeGib: 8 }, { sizeGib: 1 }, { sizeGib: 2 }];
    expect(configOf(aVm({ scsi1: 'ceph:vm-1-cloudinit,media=cdrom' }), { disks })).toEqual({
      scsi2: 'ceph:1',
      scsi3: 'ceph:2',
    });
    expect(configOf(aVm(), { disks: disks.slice(0, 2), storage: { name: 'local', type: 'dir' } })).toEqual({
      scsi1: 'local:1,format=qcow2',
    });
    expect(() => changesTo(aVm({ hotplug: '0' }, 'running'), { disks })).toThrow(/powered off/);
  });

  it('says when no unit is free', () => {
    const full = Object.fromEntries(Array.from({ length: 16 }, (_, unit) => [`virtio${unit}`, 'ceph:x,size=1G']));
    const disks = Array.from({ length: 17 }, () => ({ sizeGib: 1 }));
    expect(() => changesTo(aVm({ ...full, scsi0: undefined, boot: 'order=virtio0' }), { disks })).toThrow(
      /no more disks/,
    );
  });

  it('is cards that are wired anew with their address, added and removed', () => {
    expect(configOf(aVm(), { wires: [wire('vmbr1', 7), wire('blue')] })).toEqual({
      net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr1,firewall=1,tag=7',
      net1: 'virtio,bridge=blue',
    });
    expect(configOf(aVm({ net0: `${NET0},tag=7`, net3: NET0 }), { wires: [wire('vmbr0')] })).toEqual({
      net0: NET0,
      delete: 'net3',
    });
    expect(configOf(aVm(), { wires: [] })).toEqual({ delete: 'net0' });
  });

  it('is settings that differ', () => {
    const settings = new Map([
      ['description', 'a\n'],
      ['tags', 'dcm'],
    ]);
    expect(configOf(aVm({ description: 'a' }), { settings })).toEqual({ tags: 'dcm' });
  });
});
