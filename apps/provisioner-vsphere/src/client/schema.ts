import { VIM25_SCHEMA } from './vim25.schema';

/** How often an element may occur: exactly once, at most once, any number of times. */
export type Cardinality = 'one' | 'optional' | 'many';

/** One element of a complex type, or one parameter of an operation. */
export interface Field {
  readonly name: string;
  readonly cardinality: Cardinality;
  readonly type: string;
}

/** A complex type with its own fields only; `Schema.fieldsOf` adds those of its base types. */
export interface ComplexType {
  readonly name: string;
  readonly base?: string;
  readonly fields: readonly Field[];
}

/** An operation; the target object `_this` is implied. */
export interface Operation {
  readonly name: string;
  readonly parameters: readonly Field[];
  readonly result?: Field;
}

/** XML Schema's own types that vim25 uses, by their names in the table. */
export const SCALAR_TYPES: ReadonlySet<string> = new Set(
  'string boolean byte short int long float double dateTime'.split(' '),
);

const CARDINALITIES: Readonly<Record<string, Cardinality>> = { '': 'one', '?': 'optional', '*': 'many' };
const FIELD = /^(\w+)([?*]?) (\w+)$/;
const TYPE = /^type (\w+)(?: < (\w+)| (-))? :(.*)$/;
const OPERATION = /^op (\w+)\((.*)\)(?: -> (\w+)([?*]?))?$/;

/** The type table: what the WSDL builder, the encoder and the fault families read. */
export class Schema {
  /** @param types by name @param operations by name */
  constructor(
    readonly types: ReadonlyMap<string, ComplexType>,
    readonly operations: ReadonlyMap<string, Operation>,
  ) {}

  /**
   * All fields of a type, base types first: the order that vCenter requires.
   * @throws Error when the table does not list the type.
   */
  fieldsOf(type: string): readonly Field[] {
    const found = this.types.get(type);
    if (!found) throw new Error(`Unable to list the fields of ${type}: it is not in the vim25 table`);
    return found.base === undefined ? found.fields : [...this.fieldsOf(found.base), ...found.fields];
  }

  /** Whether `type` is `base` or inherits from it; a type that is not listed has no base. */
  isSubtype(type: string, base: string): boolean {
    if (type === base) return true;
    const parent = this.types.get(type)?.base;
    return parent !== undefined && this.isSubtype(parent, base);
  }
}

/**
 * Parses a type table (the notation is told in `vim25.schema.ts`).
 * @throws Error naming the line that cannot be read, or the type that is used but not listed.
 */
export function parseSchema(table: string): Schema {
  const types = new Map<string, ComplexType>([['DynamicData', { name: 'DynamicData', fields: [] }]]);
  const operations = new Map<string, Operation>();
  for (const line of logicalLines(table)) {
    const type = parseType(line);
    if (type) {
      types.set(type.name, type);
      continue;
    }
    const operation = parseOperation(line);
    operations.set(operation.name, operation);
  }
  requireListedTypes(types, operations);
  return new Schema(types, operations);
}

function logicalLines(table: string): string[] {
  return table
    .replace(/\n[ \t]+/g, ' ')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

function parseType(line: string): ComplexType | undefined {
  const match = TYPE.exec(line);
  if (!match) return undefined;
  const [, name = '', base = 'DynamicData', rootless, fields = ''] = match;
  return { name, fields: parseFields(fields), ...(rootless === undefined && { base }) };
}

function parseOperation(line: string): Operation {
  const match = OPERATION.exec(line);
  if (!match) throw new Error(`Unable to read the line "${line}" of the vim25 table`);
  const [, name = '', parameters = '', type, mark = ''] = match;
  const result = type === undefined ? {} : { result: parseField(`returnval${mark} ${type}`) };
  return { name, parameters: parseFields(parameters), ...result };
}

function parseFields(text: string): Field[] {
  return text.trim() === '' ? [] : text.split(',').map(parseField);
}

function parseField(text: string): Field {
  const [, name = '', mark = '', type = ''] = FIELD.exec(text.trim()) ?? [];
  const cardinality = CARDINALITIES[mark];
  if (name === '' || cardinality === undefined)
    throw new Error(`Unable to read the field "${text}" of the vim25 table`);
  return { name, cardinality, type };
}

function requireListedTypes(types: Map<string, ComplexType>, operations: Map<string, Operation>): void {
  const known = (name: string): boolean =>
    types.has(name) || SCALAR_TYPES.has(name) || name === 'ref' || name === 'anyType';
  const used = [...types.values()].flatMap((type) => [type.base ?? 'DynamicData', ...type.fields.map((f) => f.type)]);
  for (const operation of operations.values()) {
    used.push(...operation.parameters.map((f) => f.type), operation.result?.type ?? 'ref');
  }
  const missing = used.filter((name) => !known(name));
  if (missing.length > 0) throw new Error(`The vim25 table uses types that it does not list: ${missing.join(', ')}`);
}

/** The product's own table, parsed once. */
export const VIM25: Schema = parseSchema(VIM25_SCHEMA);
