import { metadataJsonSchema, readMetadata } from './metadata.schema';

describe('metadata', () => {
  it('is a closed list of keys', () => {
    const schema = metadataJsonSchema();
    expect(schema['additionalProperties']).toBe(false);
    expect(Object.keys(schema['properties'] as object)).toEqual([
      'cloud',
      'hostGroup',
      'host',
      'csv',
      'generation',
      'secureBoot',
      'dynamicMemory',
      'vmNetwork',
      'vlan',
      'runAsAccount',
    ]);
  });

  it('keeps what is usable and names what is not', () => {
    const { metadata, diagnostics } = readMetadata({ cloud: 'gold', vlan: 'x', 'a/b': 1 });
    expect(metadata).toEqual({ cloud: 'gold' });
    expect(diagnostics.map(({ pointer }) => pointer).sort()).toEqual([
      '/metadata/hyperv/a~1b',
      '/metadata/hyperv/vlan',
    ]);
  });
});
