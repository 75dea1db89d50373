import { readMachine } from './machine.mapper';

const read = (config: Record<string, unknown>, current: Record<string, unknown> = { status: 'stopped' }) =>
  readMachine({ vmid: 500_001, node: 'pve1', config, current, snapshots: [] });

describe('a VM on Proxmox', () => {
  it('is read from its configuration, whose numbers may be text', () => {
    const vm = read({
      name: 'web',
      cores: 2,
      sockets: '2',
      memory: '2048',
      digest: 'd',
      tags: 'a;dcm',
      agent: '1',
      numa: 1,
    });
    expect(vm).toMatchObject({
      name: 'web',
      cpus: 4,
      maxCpus: 4,
      memoryMib: 2048,
      digest: 'd',
      hasAgent: true,
      hasNuma: true,
    });
    expect(vm.tags).toEqual(['a', 'dcm']);
  });

  it('has as many CPUs as are plugged in', () => {
    expect(read({ cores: 8, vcpus: 2, memory: 'current=1024' })).toMatchObject({
      cpus: 2,
      maxCpus: 8,
      memoryMib: 1024,
    });
  });

  it('has the defaults of Proxmox, and no size while it is made', () => {
    expect(read({ name: 'x' })).toMatchObject({ cpus: 1, memoryMib: 512 });
    expect(read({ lock: 'clone', description: ' qmclone temporary file' })).toMatchObject({
      cpus: null,
      memoryMib: null,
    });
  });

  it.each([
    [{ status: 'running', qmpstatus: 'running' }, undefined, 'on'],
    [{ status: 'running', qmpstatus: 'paused' }, undefined, 'suspended'],
    [{ status: 'stopped', qmpstatus: 'stopped' }, undefined, 'off'],
    [{ status: 'stopped', lock: 'suspended' }, 'suspended', 'suspended'],
    [{}, undefined, 'unknown'],
  ])('in the state %j under the lock %s is %s', (current, lock, power) => {
    expect(read({ ...(lock !== undefined && { lock }) }, current).power).toBe(power);
  });

  it('says what it plugs in while it runs', () => {
    expect([...read({}).hotplug]).toEqual(['network', 'disk', 'usb']);
    expect([...read({ hotplug: 'cpu,memory' }).hotplug]).toEqual(['cpu', 'memory']);
    expect(read({ hotplug: '0' }).hotplug.size).toBe(0);
  });

  it.each([
    ['1', true],
    ['enabled=1,fstrim_cloned_disks=1', true],
    ['0', false],
    ['enabled=0', false],
    [undefined, false],
  ])('with the agent %s: %s', (agent, expected) => {
    expect(read({ ...(agent !== undefined && { agent }) }).hasAgent).toBe(expected);
  });

  it('says under which lock it is, in its own words', () => {
    expect(read({ lock: 'backup' }, { status: 'running', qmpstatus: 'running' }).nativeState).toBe(
      'running, locked (backup)',
    );
  });
});
