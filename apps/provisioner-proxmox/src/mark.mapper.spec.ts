import {
  descriptionFor,
  isBuilt,
  markIn,
  ownerInTags,
  ownerOf,
  readTags,
  standingOf,
  tagFor,
  type Marked,
} from './mark.mapper';

const ours = { installation: 'lab', tenant: 'tenant-a', project: 'project-a', instance: 'vm-1' };
const aVm = (overrides: Partial<Marked> = {}): Marked => ({
  vmid: 500_001,
  description: descriptionFor(ours, 500_001),
  lock: undefined,
  ...overrides,
});

describe('the mark on a VM', () => {
  it('is known again, whatever people write around it', () => {
    expect(standingOf(aVm(), ours)).toBe('original');
    expect(standingOf(aVm({ description: `# Notes\n${aVm().description}\nbye` }), ours)).toBe('original');
  });

  it.each(['tenant', 'project', 'instance', 'installation'] as const)('is foreign to another %s', (key) => {
    expect(standingOf(aVm(), { ...ours, [key]: 'other' })).toBe('foreign');
  });

  it('makes a copy, which has another VMID, a stranger', () => {
    const copy = aVm({ vmid: 101 });
    expect([standingOf(copy, ours), ownerOf(copy)]).toEqual(['foreign', null]);
  });

  it('is missing while a clone begins, and nothing is said of whose that is', () => {
    const begun = aVm({ description: ' qmclone temporary file', lock: 'clone' });
    expect([standingOf(begun, ours), ownerOf(begun), isBuilt(begun)]).toEqual(['building', null, false]);
    expect(standingOf({ ...begun, lock: 'create' }, ours)).toBe('building');
    expect(standingOf({ ...begun, lock: undefined }, ours)).toBe('foreign');
    expect(standingOf({ ...begun, lock: 'backup' }, ours)).toBe('foreign');
  });

  it('counts as soon as it is there, also under a lock', () => {
    const half = aVm({ lock: 'clone' });
    expect([standingOf(half, ours), isBuilt(half)]).toEqual(['original', false]);
  });

  it('is not found in a description that only speaks of it', () => {
    expect(markIn('see dcm:v1:a:b:c:d for more')).toBeNull();
  });
});

describe('the mark as a tag', () => {
  it('is a tag that Proxmox takes, and is read back for this VMID only', () => {
    const tag = tagFor(ours, 500_001);
    expect(tag).toMatch(/^[a-z0-9_][a-z0-9_\-+.]*$/);
    expect(ownerInTags(['dcm', tag], 500_001)).toEqual(ours);
    expect(ownerInTags([tag], 101)).toBeNull();
    expect(ownerInTags(['dcm', 'dcm.x'], 500_001)).toBeNull();
  });

  it('is read from any separator', () => {
    expect(readTags('a;B,c d')).toEqual(['a', 'b', 'c', 'd']);
    expect(readTags(undefined)).toEqual([]);
  });
});
