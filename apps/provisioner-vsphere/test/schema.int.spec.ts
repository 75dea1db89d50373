import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VIM25, type Cardinality, type Field } from '../src/client/schema';

/**
 * The simulator accepts elements in any order, vCenter does not: this spec compares our table with govmomi's types,
 * which are generated from VMware's own definition. The source comes with the package the simulator is built from.
 */
const GOVMOMI = join(process.env['GOVMOMI_PATH'] ?? '/usr/share/gocode/src/github.com/vmware/govmomi', 'vim25/types');
const canRun = existsSync(GOVMOMI) || process.env['DCM_TEST_REQUIRE'] === 'all';

/** Newer than the packaged govmomi (vSphere API 7.0). */
const NEWER_TYPES = new Set(['CustomizationCloudinitPrep']);

interface GoStruct {
  base?: string;
  fields: Field[];
}

const GO_SCALARS: Readonly<Record<string, string>> = {
  bool: 'boolean',
  int8: 'byte',
  int16: 'short',
  int32: 'int',
  int64: 'long',
  float32: 'float',
  float64: 'double',
  'time.Time': 'dateTime',
  ManagedObjectReference: 'ref',
  AnyType: 'anyType',
};

class GovmomiTypes {
  private readonly structs = new Map<string, GoStruct>();
  private readonly enums: ReadonlySet<string>;

  constructor(folder: string) {
    this.enums = new Set([...read(folder, 'enum.go').matchAll(/^type (\w+) string$/gm)].map((match) => match[1] ?? ''));
    for (const [, name = '', body = ''] of read(folder, 'types.go').matchAll(/^type (\w+) struct \{\n(.*?)^\}/gms)) {
      this.structs.set(name, this.parse(body));
    }
  }

  struct(name: string): GoStruct | undefined {
    return this.structs.get(name);
  }

  fieldsOf(name: string): Field[] {
    const found = this.structs.get(name);
    if (!found) throw new Error(`govmomi has no type ${name}`);
    return [...(found.base === undefined ? [] : this.fieldsOf(found.base)), ...found.fields];
  }

  private parse(body: string): GoStruct {
    const base = /^\t(\w+)$/m.exec(body)?.[1];
    const lines = [...body.matchAll(/^\t\w+ +(\S+) +`xml:"([^"]+)"/gm)];
    const fields = lines.map(([, type = '', tag = '']) => this.field(type, tag)).filter((f) => f.name !== '_this');
    return { fields, ...(base !== undefined && { base }) };
  }

  private field(goType: string, tag: string): Field {
    const [name = '', ...options] = tag.split(',');
    const optional = goType.startsWith('*') || options.includes('omitempty');
    const cardinality: Cardinality = goType.startsWith('[]') ? 'many' : optional ? 'optional' : 'one';
    return { name, cardinality, type: this.type(goType.replace(/^(\[\]|\*)/, '')) };
  }

  private type(goType: string): string {
    const scalar = GO_SCALARS[goType];
    if (scalar !== undefined) return scalar;
    return this.enums.has(goType) ? 'string' : goType.replace(/^Base(?=[A-Z])/, '');
  }
}

function read(folder: string, file: string): string {
  return readFileSync(join(folder, file), 'utf8');
}

/** Drops what we do not list; what remains must be equal, order included. Go cannot say whether an anyType is optional. */
function onlyListed(theirs: readonly Field[], ours: readonly Field[]): Field[] {
  const listed = new Map(ours.map((f) => [f.name, f]));
  return theirs.flatMap((their) => {
    const our = listed.get(their.name);
    if (!our) return [];
    return [their.type === 'anyType' ? { ...their, cardinality: our.cardinality } : their];
  });
}

(canRun ? describe : describe.skip)('the vim25 table against govmomi', () => {
  let govmomi: GovmomiTypes;

  beforeAll(() => {
    govmomi = new GovmomiTypes(GOVMOMI);
  });

  it('lists each type with the vendor’s base type, element order, cardinality and types', () => {
    for (const [name, type] of VIM25.types) {
      if (NEWER_TYPES.has(name) || name === 'DynamicData') continue;
      const ours = type.base === undefined ? type.fields : VIM25.fieldsOf(name);
      expect({ name, fields: ours }).toEqual({ name, fields: onlyListed(govmomi.fieldsOf(name), ours) });
      expect({ name, base: type.base }).toEqual({ name, base: govmomi.struct(name)?.base });
    }
  });

  it('lists each operation with the vendor’s parameters and result', () => {
    for (const [name, operation] of VIM25.operations) {
      const request = govmomi.fieldsOf(`${name.replace(/_Task$/, '')}RequestType`);
      expect({ name, parameters: operation.parameters }).toEqual({ name, parameters: request });
      const response = govmomi.fieldsOf(`${name}Response`);
      expect({ name, result: operation.result }).toEqual({ name, result: response[0] });
    }
  });
});
