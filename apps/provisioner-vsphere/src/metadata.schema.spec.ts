import { metadataJsonSchema, readMetadata } from './metadata.schema';

describe('metadata of a request', () => {
  it('is taken when every key is known', () => {
    const given = { folder: 'dcm/prod', datastore: 'ds-1', diskProvisioning: 'thick', guestId: 'debian12_64Guest' };
    expect(readMetadata(given)).toEqual({ metadata: given, diagnostics: [] });
  });

  it('names each key that is unknown or wrong, and keeps the others', () => {
    const { metadata, diagnostics } = readMetadata({ dataStore: 'x', 'a/b~c': 1, guestId: 'no way', cluster: 'C0' });
    expect(metadata).toEqual({ cluster: 'C0' });
    expect(diagnostics.map(({ pointer }) => pointer).sort()).toEqual([
      '/metadata/vsphere/a~1b~0c',
      '/metadata/vsphere/dataStore',
      '/metadata/vsphere/guestId',
    ]);
    expect(diagnostics.every(({ severity }) => severity === 'error')).toBe(true);
    expect(diagnostics.find(({ pointer }) => pointer.endsWith('dataStore'))?.message).toContain('datastore');
  });

  it('names the setting that is wrong, and keeps the other keys', () => {
    const extraConfig = {
      'a b': 'x',
      'svga.maxWidth': 1,
      'guestinfo.a': 'two\nlines',
      'guestinfo.b': '',
      'guestinfo.c': 'x',
    };
    const { metadata, diagnostics } = readMetadata({ cluster: 'C0', extraConfig });
    expect(metadata).toEqual({ cluster: 'C0' });
    expect(diagnostics.map(({ pointer }) => pointer.replace('/metadata/vsphere/extraConfig/', ''))).toEqual([
      'a b',
      'svga.maxWidth',
      'guestinfo.a',
      'guestinfo.b',
    ]);
    expect(diagnostics[0]?.message).toBe('must be names joined by "."');
  });

  it.each(['/abs', 'a//b', 'a/', '../up%2f', 'back\\slash'])('refuses the folder %j', (folder) => {
    expect(readMetadata({ folder }).diagnostics).toHaveLength(1);
  });

  it('is announced as a JSON Schema that admits no other key', () => {
    expect(metadataJsonSchema()).toMatchObject({ type: 'object', additionalProperties: false });
    expect(Object.keys(metadataJsonSchema()['properties'] as object).sort()).toEqual([
      'cluster',
      'customization',
      'datastore',
      'diskProvisioning',
      'extraConfig',
      'folder',
      'guestId',
      'linkedClone',
      'linux',
      'resourcePool',
      'windows',
    ]);
  });
});
