import { parseSchema, VIM25 } from './schema';

describe('the vim25 type table', () => {
  it('reads types with their bases, cardinalities and continued lines', () => {
    const schema = parseSchema(
      '# comment\ntype A : one string, maybe? int,\n  list* B\ntype B < A : own ref\ntype C - :',
    );
    expect(schema.fieldsOf('B')).toEqual([
      { name: 'one', cardinality: 'one', type: 'string' },
      { name: 'maybe', cardinality: 'optional', type: 'int' },
      { name: 'list', cardinality: 'many', type: 'B' },
      { name: 'own', cardinality: 'one', type: 'ref' },
    ]);
    expect(schema.types.get('A')).toHaveProperty('base', 'DynamicData');
    expect(schema.types.get('C')).not.toHaveProperty('base');
  });

  it('reads operations with parameters and result', () => {
    const { operations } = parseSchema('op Do(name string, to* ref) -> ref*\nop Nothing()');
    expect(operations.get('Do')).toEqual({
      name: 'Do',
      parameters: [
        { name: 'name', cardinality: 'one', type: 'string' },
        { name: 'to', cardinality: 'many', type: 'ref' },
      ],
      result: { name: 'returnval', cardinality: 'many', type: 'ref' },
    });
    expect(operations.get('Nothing')).toEqual({ name: 'Nothing', parameters: [] });
  });

  it.each([
    ['typo A : b string', 'the line "typo A : b string"'],
    ['type A : b', 'the field " b"'],
    ['type A : b! string', 'the field " b! string"'],
    ['type A : b Missing', 'does not list: Missing'],
    ['type A < Missing :', 'does not list: Missing'],
    ['op Do(b Missing)', 'does not list: Missing'],
  ])('refuses %s', (table, reason) => {
    expect(() => parseSchema(table)).toThrow(reason);
  });

  it('puts the fields of base types first, through all levels', () => {
    const names = VIM25.fieldsOf('ParaVirtualSCSIController').map((field) => field.name);
    expect(names).toEqual([
      ...['key', 'deviceInfo', 'backing', 'connectable', 'controllerKey', 'unitNumber'],
      ...['busNumber', 'device', 'hotAddRemove', 'sharedBus', 'scsiCtlrUnitNumber'],
    ]);
  });

  it('knows subtypes through all levels, and nothing of types it does not list', () => {
    expect(VIM25.isSubtype('VirtualVmxnet3', 'VirtualDevice')).toBe(true);
    expect(VIM25.isSubtype('VirtualDevice', 'VirtualVmxnet3')).toBe(false);
    expect(VIM25.isSubtype('NewInVersion9', 'VimFault')).toBe(false);
    expect(() => VIM25.fieldsOf('NewInVersion9')).toThrow('NewInVersion9');
  });
});
