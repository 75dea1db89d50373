import { nativeNameOf, readSnapshots, snapshotText } from './snapshot.mapper';

describe('names of snapshots', () => {
  it('stay as they are where Proxmox takes them', () => {
    expect(nativeNameOf('before-update-0a1b2c3d')).toBe('before-update-0a1b2c3d');
    expect(snapshotText('before-update-0a1b2c3d', 'x')).toBe('x');
  });

  it.each(['2024.01 vor dem Update-0a1b2c3d', 'x'.repeat(63) + '-0a1b2c3d', 'current', 'a'])(
    'are replaced where it does not: %s',
    (name) => {
      const native = nativeNameOf(name);
      expect(native).toMatch(/^[A-Za-z][A-Za-z0-9_-]{1,39}$/);
      expect(native).not.toBe('current');
      expect(nativeNameOf(name)).toBe(native);
      const listed = readSnapshots([
        { name: native, snaptime: 1, description: snapshotText(name, 'why') },
        { name: 'current', parent: native },
      ]);
      expect(listed).toMatchObject([{ name, nativeName: native, isCurrent: true }]);
    },
  );

  it('differ where the names do', () => {
    expect(nativeNameOf('1 a')).not.toBe(nativeNameOf('1 b'));
  });
});

describe('the list of snapshots', () => {
  it('is in the order in which they stand on each other, without the pseudo entry', () => {
    const list = readSnapshots([
      { name: 'current', parent: 'two' },
      { name: 'three', parent: 'two', snaptime: 30 },
      { name: 'two', parent: 'one', snaptime: 20, description: 'DCM snapshot: forged name\n' },
      { name: 'one', snaptime: '10' },
    ]);
    expect(list.map(({ name, isCurrent }) => [name, isCurrent])).toEqual([
      ['one', false],
      ['two', true],
      ['three', false],
    ]);
    expect(list[0]?.createdAt.toISOString()).toBe('1970-01-01T00:00:10.000Z');
  });

  it('is empty for a VM without one', () => {
    expect(readSnapshots([{ name: 'current' }])).toEqual([]);
  });
});
