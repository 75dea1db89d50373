import { encodeRequest } from './encoder';
import { reference } from './managed.object';
import { parseSchema, VIM25, type Field } from './schema';
import { VIM25_SCHEMA } from './vim25.schema';
import { typedInt, type VimObject, type VimValue } from './vim.data';
import { VimRequestError } from './vim.errors';

const VM = reference('VirtualMachine', 'vm-1');
const FOLDER = reference('Folder', 'group-v3');
const PROBE = parseSchema(`${VIM25_SCHEMA}op Probe(value anyType)\n`);

function bodyOf(operation: string, parameters: VimObject): string {
  const xml = encodeRequest(VIM25, operation, VM, parameters);
  return xml.slice(xml.indexOf('</_this>') + '</_this>'.length, -`</${operation}>`.length);
}

function pathRefused(operation: string, parameters: VimObject): string {
  try {
    encodeRequest(VIM25, operation, VM, parameters);
  } catch (error) {
    if (error instanceof VimRequestError) return error.path;
    throw error;
  }
  return 'nothing was refused';
}

describe('a request', () => {
  it('declares its namespaces and begins with its target', () => {
    expect(encodeRequest(VIM25, 'PowerOffVM_Task', VM, {})).toBe(
      '<PowerOffVM_Task xmlns="urn:vim25" xmlns:xsd="http://www.w3.org/2001/XMLSchema" ' +
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><_this type="VirtualMachine">vm-1</_this></PowerOffVM_Task>',
    );
  });

  it('holds parameters in the order of the schema, whatever the order of the keys', () => {
    const spec = {
      powerOn: false,
      template: false,
      location: { pool: reference('ResourcePool', 'p'), folder: FOLDER },
    };
    expect(bodyOf('CloneVM_Task', { spec, name: 'a', folder: FOLDER })).toBe(
      '<folder type="Folder">group-v3</folder><name>a</name><spec><location><folder type="Folder">group-v3</folder>' +
        '<pool type="ResourcePool">p</pool></location><template>false</template><powerOn>false</powerOn></spec>',
    );
  });

  it('names a subtype and puts the fields of its base types first', () => {
    const backing = { $type: 'VirtualDiskFlatVer2BackingInfo', diskMode: 'persistent', fileName: '' };
    const device = { $type: 'VirtualDisk', capacityInKB: 1024, backing, unitNumber: 0, key: -2, controllerKey: -1 };
    expect(bodyOf('ReconfigVM_Task', { spec: { deviceChange: [{ device, operation: 'add' }] } })).toBe(
      '<spec><deviceChange><operation>add</operation><device xsi:type="VirtualDisk"><key>-2</key>' +
        '<backing xsi:type="VirtualDiskFlatVer2BackingInfo"><fileName></fileName><diskMode>persistent</diskMode></backing>' +
        '<controllerKey>-1</controllerKey><unitNumber>0</unitNumber><capacityInKB>1024</capacityInKB></device>' +
        '</deviceChange></spec>',
    );
  });

  it('writes every type of the table in its order, bases first, though the keys come in reverse', () => {
    for (const name of PROBE.types.keys()) {
      const fields = PROBE.fieldsOf(name);
      const reversed = [...fields].reverse().map((field) => [field.name, sample(field)] as const);
      const xml = encodeRequest(PROBE, 'Probe', VM, { value: { $type: name, ...Object.fromEntries(reversed) } });
      expect({ name, order: childNames(xml) }).toEqual({ name, order: fields.map((field) => field.name) });
    }
  });

  it('says the type of a value that the schema leaves open', () => {
    const extraConfig = [
      { key: 'text', value: 'a&b' },
      { key: 'empty', value: '' },
      { key: 'truth', value: true },
      { key: 'number', value: typedInt(5) },
      { key: 'object', value: VM },
      { key: 'absent', value: undefined },
    ];
    expect(bodyOf('ReconfigVM_Task', { spec: { extraConfig } })).toBe(
      '<spec><extraConfig><key>text</key><value xsi:type="xsd:string">a&amp;b</value></extraConfig>' +
        '<extraConfig><key>empty</key><value xsi:type="xsd:string"></value></extraConfig>' +
        '<extraConfig><key>truth</key><value xsi:type="xsd:boolean">true</value></extraConfig>' +
        '<extraConfig><key>number</key><value xsi:type="xsd:int">5</value></extraConfig>' +
        '<extraConfig><key>object</key><value xsi:type="ManagedObjectReference" type="VirtualMachine">vm-1</value></extraConfig>' +
        '<extraConfig><key>absent</key></extraConfig></spec>',
    );
  });

  it('escapes text and references', () => {
    const holder = reference('Folder"><x/>', 'a"<b>');
    expect(bodyOf('FindChild', { entity: holder, name: '<![CDATA[a]]></name><name>b<![CDATA[]]>' })).toBe(
      '<entity type="Folder&quot;&gt;&lt;x/&gt;">a&quot;&lt;b&gt;</entity>' +
        '<name>&lt;![CDATA[a]]&gt;&lt;/name&gt;&lt;name&gt;b&lt;![CDATA[]]&gt;</name>',
    );
  });

  it.each<[string, string, VimObject, string]>([
    ['an unknown operation', 'Explode', {}, 'Explode'],
    ['an unknown parameter', 'Rename_Task', { newName: 'a', force: true }, 'Rename_Task.force'],
    ['a missing parameter', 'Rename_Task', {}, 'Rename_Task.newName'],
    ['an unknown field', 'ReconfigVM_Task', { spec: { memoryMb: 1 } }, 'ReconfigVM_Task.spec.memoryMb'],
    [
      'a missing field in a list',
      'ReconfigVM_Task',
      { spec: { extraConfig: [{ key: 'a' }, { value: 'b' }] } },
      'ReconfigVM_Task.spec.extraConfig[1].key',
    ],
    ['one item in place of a list', 'CreateListView', { obj: VM }, 'CreateListView.obj'],
    ['a list in place of one item', 'Rename_Task', { newName: ['a'] }, 'Rename_Task.newName'],
    ['text in place of a number', 'ReconfigVM_Task', { spec: { numCPUs: '2' } }, 'ReconfigVM_Task.spec.numCPUs'],
    ['text in place of a reference', 'MoveIntoFolder_Task', { list: ['vm-1'] }, 'MoveIntoFolder_Task.list[0]'],
    ['text in place of an object', 'ReconfigVM_Task', { spec: 'fast' }, 'ReconfigVM_Task.spec'],
    [
      'a type that is not a subtype',
      'ReconfigVM_Task',
      { spec: { deviceChange: [{ device: { $type: 'OptionValue', key: 'a' } }] } },
      'ReconfigVM_Task.spec.deviceChange[0].device',
    ],
    [
      'a type that is not listed',
      'ReconfigVM_Task',
      { spec: { deviceChange: [{ device: { $type: 'x" y="z', key: 1 } }] } },
      'ReconfigVM_Task.spec.deviceChange[0].device',
    ],
    [
      'a bare number for an open value',
      'ReconfigVM_Task',
      { spec: { extraConfig: [{ key: 'a', value: 5 }] } },
      'ReconfigVM_Task.spec.extraConfig[0].value',
    ],
    [
      'an unknown XML Schema type',
      'ReconfigVM_Task',
      { spec: { extraConfig: [{ key: 'a', value: { $xsd: 'x" y="z', value: 'b' } }] } },
      'ReconfigVM_Task.spec.extraConfig[0].value',
    ],
    [
      'an object without a type for an open value',
      'ReconfigVM_Task',
      { spec: { extraConfig: [{ key: 'a', value: { some: 'thing' } }] } },
      'ReconfigVM_Task.spec.extraConfig[0].value',
    ],
  ])('refuses %s and names the place', (_, operation, parameters, path) => {
    expect(pathRefused(operation, parameters)).toBe(path);
  });

  it('never tells a value when it refuses', () => {
    const refused = (): string => encodeRequest(VIM25, 'Login', VM, { userName: 'u', password: 'hunter2\u0000' });
    expect(refused).toThrow(/^(?!.*hunter2).*Login\.password/);
  });
});

/** A value for a field; complex ones are filled only as far as the schema demands. */
function sample(field: Field): VimValue {
  const value = sampleOf(field.type);
  return field.cardinality === 'many' ? [value] : value;
}

function sampleOf(type: string): VimValue {
  const simple = new Map<string, VimValue>([
    ['ref', VM],
    ['string', 'text'],
    ['anyType', 'text'],
    ['boolean', true],
    ['dateTime', new Date(0)],
  ]);
  if (simple.has(type)) return simple.get(type);
  if (!PROBE.types.has(type)) return 1;
  const required = PROBE.fieldsOf(type).filter((field) => field.cardinality === 'one');
  return Object.fromEntries(required.map((field) => [field.name, sample(field)]));
}

/** The names of the elements directly inside `<value>`. */
function childNames(xml: string): string[] {
  const inner = /<value [^>]*>(.*)<\/value><\/Probe>$/s.exec(xml)?.[1] ?? '';
  const names: string[] = [];
  let depth = 0;
  for (const [, closing, name = ''] of inner.matchAll(/<(\/?)(\w+)[^>]*>/g)) {
    if (closing === '/') depth -= 1;
    else if (depth++ === 0) names.push(name);
  }
  return names;
}
