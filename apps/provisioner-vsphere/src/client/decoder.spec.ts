import { decode } from './decoder';

const xsi = (type: string): Record<string, string> => ({ 'xsi:type': type });

describe('a decoded answer', () => {
  it('turns an element with a plain type attribute into a reference, its value untouched', () => {
    expect(decode({ attributes: { type: 'Datastore' }, $value: '/tmp/a@folder-5' })).toEqual({
      type: 'Datastore',
      value: '/tmp/a@folder-5',
    });
  });

  it.each(['xsi:type', 'XMLSchema-instance:type'])('reads the type from %s', (attribute) => {
    expect(decode({ attributes: { [attribute]: 'xsd:int' }, $value: '2' })).toBe(2);
    expect(decode({ attributes: { [attribute]: 'vim25:VirtualDisk' }, key: 5 })).toEqual({
      $type: 'VirtualDisk',
      key: 5,
    });
  });

  it('converts scalars by the type they say', () => {
    expect(decode({ attributes: xsi('xsd:boolean'), $value: 'true' })).toBe(true);
    expect(decode({ attributes: xsi('xsd:long'), $value: '9223372036854775807' })).toBe(9_223_372_036_854_775_807n);
    expect(decode({ attributes: xsi('xsd:dateTime'), $value: '2026-01-02T03:04:05Z' })).toEqual(
      new Date('2026-01-02T03:04:05Z'),
    );
    expect(decode({ attributes: xsi('xsd:string'), $value: '5' })).toBe('5');
  });

  it('reads an empty string, which arrives without a value', () => {
    expect(decode({ attributes: xsi('xsd:string') })).toBe('');
    expect(decode({ attributes: xsi('xsd:int') })).toBeUndefined();
  });

  it('keeps the type of an object that has no fields', () => {
    expect(decode({ attributes: xsi('NotAuthenticated') })).toEqual({ $type: 'NotAuthenticated' });
  });

  it('unwraps arrays of scalars, references and objects, also single and empty ones', () => {
    expect(decode({ attributes: xsi('ArrayOfString'), string: ['a', 'b'] })).toEqual(['a', 'b']);
    expect(decode({ attributes: xsi('ArrayOfInt'), int: '7' })).toEqual([7]);
    expect(decode({ attributes: xsi('ArrayOfVirtualDevice') })).toEqual([]);
    const vm = { attributes: { type: 'VirtualMachine' }, $value: 'vm-1' };
    expect(decode({ attributes: xsi('ArrayOfManagedObjectReference'), ManagedObjectReference: vm })).toEqual([
      { type: 'VirtualMachine', value: 'vm-1' },
    ]);
    const option = { key: 'a', value: { attributes: xsi('xsd:string'), $value: 'b' } };
    expect(decode({ attributes: xsi('ArrayOfOptionValue'), OptionValue: [option] })).toEqual([
      { key: 'a', value: 'b' },
    ]);
  });

  it('leaves what is typed already, and what is no element, as it is', () => {
    const date = new Date(0);
    expect(decode({ a: 1, b: 'x', c: true, d: date, e: null, f: [1, 2] })).toEqual({
      ...{ a: 1, b: 'x', c: true },
      ...{ d: date, e: null, f: [1, 2] },
    });
  });

  it('takes an element called __proto__ for a field and nothing more', () => {
    const parsed: unknown = JSON.parse('{ "__proto__": { "polluted": true } }');
    const decoded = decode(parsed) as object;
    expect(Object.keys(decoded)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
  });
});
