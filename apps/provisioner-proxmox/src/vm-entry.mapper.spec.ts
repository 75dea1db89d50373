import { isFresh, powerIn, readVmEntries } from './vm-entry.mapper';

describe('the list of all VMs', () => {
  it('is read with what it says at once and what it says late', () => {
    const [fresh, old, container] = readVmEntries([
      { type: 'qemu', vmid: 500, node: 'pve1', lock: 'clone', status: 'unknown' },
      { type: 'qemu', vmid: '501', node: 'pve2', name: 'web', status: 'running', tags: 'dcm;x', template: 0 },
      { type: 'lxc', vmid: 502, node: 'pve2', name: 'ct', status: 'stopped' },
      { type: 'storage', storage: 'local', node: 'pve1' },
    ]);
    expect(fresh).toMatchObject({ vmid: 500, lock: 'clone', isQemu: true, tags: [] });
    expect(old).toMatchObject({ vmid: 501, node: 'pve2', name: 'web', tags: ['dcm', 'x'], isTemplate: false });
    expect(container?.isQemu).toBe(false);
    expect([fresh, old].map((entry) => entry && [isFresh(entry), powerIn(entry)])).toEqual([
      [true, 'unknown'],
      [false, 'on'],
    ]);
  });

  it('knows a VM whose memory lies on disk', () => {
    const [asleep] = readVmEntries([
      { type: 'qemu', vmid: 500, node: 'a', name: 'x', status: 'stopped', lock: 'suspended' },
    ]);
    expect(asleep && powerIn(asleep)).toBe('suspended');
  });
});
