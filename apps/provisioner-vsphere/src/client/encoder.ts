import { isReference, type ManagedObjectReference } from './managed.object';
import { encodeScalar, escapeXml } from './scalar';
import { SCALAR_TYPES, type Field, type Schema } from './schema';
import type { TypedScalar, VimObject, VimValue } from './vim.data';
import { VimRequestError } from './vim.errors';

const NAMESPACES =
  'xmlns="urn:vim25" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';

/**
 * Encodes one call as the XML of its SOAP body: elements in the schema's order, base types first, `xsi:type` on subtypes.
 *
 * npm soap's own serialiser is not used: inside subtypes it keeps the order of JavaScript's keys, and it lets text that
 * looks like a CDATA section through unescaped, so that a VM's name could add elements to the request.
 *
 * @throws VimRequestError naming the path of what is unknown, missing or of the wrong type; never its value.
 */
export function encodeRequest(
  schema: Schema,
  operation: string,
  target: ManagedObjectReference,
  parameters: VimObject,
): string {
  const definition = schema.operations.get(operation);
  if (!definition) throw new VimRequestError(operation, 'the vim25 table has no such operation');
  const encoder = new Encoder(schema);
  const self = encoder.element({ name: '_this', cardinality: 'one', type: 'ref' }, target, `${operation}._this`);
  return `<${operation} ${NAMESPACES}>${self}${encoder.fields(definition.parameters, parameters, operation)}</${operation}>`;
}

class Encoder {
  constructor(private readonly schema: Schema) {}

  fields(fields: readonly Field[], values: VimObject, path: string): string {
    const known = new Set(fields.map((field) => field.name));
    for (const name of Object.keys(values)) {
      if (name !== '$type' && !known.has(name)) throw new VimRequestError(`${path}.${name}`, 'there is no such field');
    }
    return fields.map((field) => this.field(field, values[field.name], `${path}.${field.name}`)).join('');
  }

  element(field: Field, value: VimValue, path: string): string {
    const { attributes, content } = this.content(field.type, value, path);
    return `<${field.name}${attributes}>${content}</${field.name}>`;
  }

  private field(field: Field, value: VimValue, path: string): string {
    if (value === undefined) {
      if (field.cardinality === 'one') throw new VimRequestError(path, 'it is missing');
      return '';
    }
    if (field.cardinality !== 'many') return this.element(field, value, path);
    if (!isList(value)) throw new VimRequestError(path, 'it must be a list');
    return value.map((item, index) => this.element(field, item, `${path}[${index}]`)).join('');
  }

  private content(type: string, value: VimValue, path: string): { attributes: string; content: string } {
    if (type === 'anyType') return this.anyType(value, path);
    if (type === 'ref') return encodeReference(value, path);
    if (SCALAR_TYPES.has(type)) return { attributes: '', content: encodeScalar(type, value, path) };
    return this.complex(type, value, path);
  }

  private complex(declared: string, value: VimValue, path: string): { attributes: string; content: string } {
    if (!isObject(value)) throw new VimRequestError(path, `it must be a ${declared}`);
    const actual = value.$type ?? declared;
    if (!this.schema.isSubtype(actual, declared)) throw new VimRequestError(path, `it must be a ${declared}`);
    const attributes = actual === declared ? '' : ` xsi:type="${actual}"`;
    return { attributes, content: this.fields(this.schema.fieldsOf(actual), value, path) };
  }

  private anyType(value: VimValue, path: string): { attributes: string; content: string } {
    if (isReference(value)) {
      const { attributes, content } = encodeReference(value, path);
      return { attributes: ` xsi:type="ManagedObjectReference"${attributes}`, content };
    }
    if (isObject(value)) return this.openComplex(value, path);
    const { $xsd, value: scalar } = isTypedScalar(value) ? value : { $xsd: xsdTypeOf(value, path), value };
    if (!SCALAR_TYPES.has($xsd)) throw new VimRequestError(path, 'its XML Schema type is not known');
    return { attributes: ` xsi:type="xsd:${$xsd}"`, content: encodeScalar($xsd, scalar, path) };
  }

  private openComplex(value: VimObject, path: string): { attributes: string; content: string } {
    if (value.$type === undefined || !this.schema.types.has(value.$type)) {
      throw new VimRequestError(path, 'it must name a type of the vim25 table');
    }
    const content = this.fields(this.schema.fieldsOf(value.$type), value, path);
    return { attributes: ` xsi:type="${value.$type}"`, content };
  }
}

function encodeReference(value: VimValue, path: string): { attributes: string; content: string } {
  if (!isReference(value)) throw new VimRequestError(path, 'it must be a reference');
  return {
    attributes: ` type="${escapeXml(value.type, `${path}.type`)}"`,
    content: escapeXml(value.value, `${path}.value`),
  };
}

function xsdTypeOf(value: VimValue, path: string): string {
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'boolean';
  if (value instanceof Date) return 'dateTime';
  throw new VimRequestError(path, 'it must be text, a truth value, a date, or say its XML Schema type');
}

function isList(value: VimValue): value is readonly VimValue[] {
  return Array.isArray(value);
}

function isTypedScalar(value: VimValue): value is TypedScalar {
  return typeof value === 'object' && '$xsd' in value && 'value' in value;
}

function isObject(value: VimValue): value is VimObject {
  return typeof value === 'object' && !isList(value) && !(value instanceof Date) && !isTypedScalar(value);
}
