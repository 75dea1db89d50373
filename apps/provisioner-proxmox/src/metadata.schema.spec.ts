import { metadataJsonSchema, metadataPointer, metadataSchema, readMetadata } from './metadata.schema';

const KEYS = ['node', 'storage', 'pool', 'bridge', 'vlan', 'fullClone', 'cpuType', 'bios', 'tags', 'ha'];

describe('metadata of a request', () => {
  it('has these keys, each described, and no others', () => {
    const schema = metadataJsonSchema();
    expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
    expect(Object.keys(metadataSchema.shape)).toEqual(KEYS);
    for (const property of Object.values(schema['properties'] as object))
      expect(property).toHaveProperty('description');
  });

  it('is taken as it is', () => {
    const given = {
      node: 'pve1',
      storage: 'local-lvm',
      pool: 'dcm/web',
      bridge: 'vmbr0',
      vlan: 7,
      fullClone: false,
      cpuType: 'x86-64-v2-AES',
      bios: 'ovmf',
      tags: ['prod', 'a+b'],
      ha: true,
    };
    expect(readMetadata(given)).toEqual({ metadata: given, diagnostics: [] });
  });

  it.each([
    ['node', 'a/b'],
    ['storage', 'local:1'],
    ['storage', '../x'],
    ['pool', 'a,b'],
    ['bridge', 'vmbr0,tag=1'],
    ['vlan', 4095],
    ['vlan', '7'],
    ['fullClone', 1],
    ['cpuType', 'host,flags=+x'],
    ['bios', 'uefi'],
    ['ha', 'yes'],
  ])('refuses %s %j by its place', (key, value) => {
    const { metadata, diagnostics } = readMetadata({ [key]: value, tags: ['a'] });
    expect(metadata).toEqual({ tags: ['a'] });
    expect(diagnostics).toMatchObject([{ severity: 'error', pointer: metadataPointer(key as 'node') }]);
  });

  it.each(['dcm', 'DCM', 'dcm.a.b', 'a:b', 'a b', ''])('refuses the tag %j', (tag) => {
    expect(readMetadata({ tags: ['x', tag] }).diagnostics).toMatchObject([{ pointer: '/metadata/proxmox/tags/1' }]);
  });

  it('refuses a key that it does not know, by its name and with those it knows', () => {
    expect(readMetadata({ datastore: 'x', 'a/b': 1 }).diagnostics).toEqual(
      ['datastore', 'a~1b'].map((key) => ({
        severity: 'error',
        pointer: `/metadata/proxmox/${key}`,
        message: `is not a key of this platform; known: ${KEYS.join(', ')}`,
      })),
    );
  });
});
