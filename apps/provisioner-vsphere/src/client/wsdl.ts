import { SCALAR_TYPES, type Cardinality, type Field, type Schema } from './schema';

const OCCURS: Readonly<Record<Cardinality, string>> = {
  one: '',
  optional: ' minOccurs="0"',
  many: ' minOccurs="0" maxOccurs="unbounded"',
};

const REFERENCE_TYPE =
  '<xsd:complexType name="ManagedObjectReference"><xsd:simpleContent><xsd:extension base="xsd:string">' +
  '<xsd:attribute name="type" type="xsd:string"/></xsd:extension></xsd:simpleContent></xsd:complexType>';

/**
 * Builds the WSDL 1.1 document (document/literal, `urn:vim25`) that npm soap needs to read typed answers.
 * vCenter's own is not redistributable and would pin types that a newer server outgrows.
 * @param apiVersion the version in the SOAPAction header, such as `6.5`
 */
export function buildWsdl(schema: Schema, apiVersion: string): string {
  const operations = [...schema.operations.values()];
  const elements = operations.flatMap((operation) => [
    element(operation.name, operation.parameters),
    element(`${operation.name}Response`, operation.result ? [operation.result] : []),
  ]);
  const names = operations.map((operation) => operation.name);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<definitions targetNamespace="urn:vim25" xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:v="urn:vim25"',
    ' xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xsd="http://www.w3.org/2001/XMLSchema">',
    '<types><xsd:schema targetNamespace="urn:vim25" elementFormDefault="qualified">',
    ...complexTypes(schema),
    ...elements,
    '</xsd:schema></types>',
    ...names.flatMap((name) => [message(name, 'Request', name), message(name, 'Response', `${name}Response`)]),
    `<portType name="VimPortType">${names.map(portOperation).join('')}</portType>`,
    '<binding name="VimBinding" type="v:VimPortType">',
    '<soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>',
    ...names.map((name) => boundOperation(name, apiVersion)),
    '</binding><service name="VimService"><port binding="v:VimBinding" name="VimPort">',
    '<soap:address location="https://localhost/sdk"/></port></service></definitions>',
  ].join('\n');
}

function complexTypes(schema: Schema): string[] {
  const own = [...schema.types.values()].map(({ name, base, fields }) =>
    base === undefined
      ? `<xsd:complexType name="${name}">${sequence(fields)}</xsd:complexType>`
      : `<xsd:complexType name="${name}"><xsd:complexContent><xsd:extension base="v:${base}">${sequence(fields)}` +
        '</xsd:extension></xsd:complexContent></xsd:complexType>',
  );
  const scalars = [...SCALAR_TYPES].map((type) =>
    arrayOf(
      type.replace(/^./, (l) => l.toUpperCase()),
      type,
      type,
    ),
  );
  const complex = [...schema.types.keys()].map((name) => arrayOf(name, name, name));
  return [
    REFERENCE_TYPE,
    arrayOf('ManagedObjectReference', 'ManagedObjectReference', 'ref'),
    ...own,
    ...scalars,
    ...complex,
  ];
}

function arrayOf(suffix: string, name: string, type: string): string {
  return `<xsd:complexType name="ArrayOf${suffix}">${sequence([{ name, cardinality: 'many', type }])}</xsd:complexType>`;
}

function sequence(fields: readonly Field[]): string {
  const elements = fields.map(
    ({ name, cardinality, type }) => `<xsd:element name="${name}" type="${qualified(type)}"${OCCURS[cardinality]}/>`,
  );
  return `<xsd:sequence>${elements.join('')}</xsd:sequence>`;
}

function qualified(type: string): string {
  if (type === 'ref') return 'v:ManagedObjectReference';
  return type === 'anyType' || SCALAR_TYPES.has(type) ? `xsd:${type}` : `v:${type}`;
}

function element(name: string, fields: readonly Field[]): string {
  return `<xsd:element name="${name}"><xsd:complexType>${sequence(fields)}</xsd:complexType></xsd:element>`;
}

function message(operation: string, direction: 'Request' | 'Response', of: string): string {
  return `<message name="${operation}${direction}Msg"><part name="parameters" element="v:${of}"/></message>`;
}

function portOperation(name: string): string {
  return `<operation name="${name}"><input message="v:${name}RequestMsg"/><output message="v:${name}ResponseMsg"/></operation>`;
}

function boundOperation(name: string, apiVersion: string): string {
  const body = '<soap:body use="literal"/>';
  return (
    `<operation name="${name}"><soap:operation soapAction="urn:vim25/${apiVersion}" style="document"/>` +
    `<input>${body}</input><output>${body}</output></operation>`
  );
}
