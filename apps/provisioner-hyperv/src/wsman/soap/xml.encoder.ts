import { WsmanError } from '../wsman.errors';

/** An element to be written. Names are constants of this client; values may be anything that XML can hold. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlContent[];
}

/** Text or an element. */
export type XmlContent = XmlElement | string;

/** Makes an element. */
export function xml(
  name: string,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly XmlContent[]
): XmlElement {
  return { name, attributes, children };
}

/** Characters that XML 1.0 cannot hold, not even escaped; lone surrogates among them. */
const FORBIDDEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#xD;',
  '\n': '&#xA;',
  '\t': '&#x9;',
};

/**
 * Writes an element and all in it; every value is escaped, line breaks too, so that none is normalised away.
 * @throws WsmanError INVALID_OPTION when a value has a character that XML cannot hold.
 */
export function encodeXml({ name, attributes, children }: XmlElement): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`);
  const head = `${name}${written.join('')}`;
  if (children.length === 0) return `<${head}/>`;
  const content = children.map((child) => (typeof child === 'string' ? escapeXml(child) : encodeXml(child)));
  return `<${head}>${content.join('')}</${name}>`;
}

function escapeXml(value: string): string {
  if (FORBIDDEN.test(value)) {
    throw new WsmanError('INVALID_OPTION', 'Unable to send a value: it has a character that XML cannot hold');
  }
  return value.replace(/[&<>"'\r\n\t]/g, (character) => ESCAPES[character] ?? character);
}
