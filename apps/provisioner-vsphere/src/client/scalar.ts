import { VimRequestError } from './vim.errors';

const INTEGER_BITS: Readonly<Record<string, number>> = { byte: 8, short: 16, int: 32, long: 64 };

const FLOATS = new Set(['double', 'float']);

/** XML 1.0 has no way to write these; half a surrogate pair is among them. */
const NOT_IN_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
};

/**
 * Writes text for an element or an attribute in double quotes; white space survives in both.
 * @throws VimRequestError when the text holds characters that XML cannot carry.
 */
export function escapeXml(text: string, path: string): string {
  if (NOT_IN_XML.test(text)) throw new VimRequestError(path, 'it holds characters that XML cannot carry');
  return text.replace(/[&<>"\t\n\r]/g, (character) => ESCAPES[character] ?? character);
}

/**
 * Writes a value as the text of an XML Schema type.
 * @throws VimRequestError when the value is not of that type.
 */
export function encodeScalar(type: string, value: unknown, path: string): string {
  const bits = INTEGER_BITS[type];
  if (bits !== undefined) return encodeInteger(bits, value, path);
  if (type === 'string' && typeof value === 'string') return escapeXml(value, path);
  const text = type === 'dateTime' ? encodeDate(value) : encodePlain(type, value);
  if (text === undefined) throw new VimRequestError(path, `it must be of the type ${type}`);
  return text;
}

function encodeDate(value: unknown): string | undefined {
  return value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : undefined;
}

function encodePlain(type: string, value: unknown): string | undefined {
  const isRight = type === 'boolean' ? typeof value === 'boolean' : FLOATS.has(type) && Number.isFinite(value);
  return isRight ? String(value) : undefined;
}

function encodeInteger(bits: number, value: unknown, path: string): string {
  const integer = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof integer !== 'bigint' || BigInt.asIntN(bits, integer) !== integer) {
    throw new VimRequestError(path, `it must be an integer of ${bits} bits`);
  }
  return integer.toString();
}

/**
 * Reads the text of an XML Schema type; text of a type that is not known stays text.
 * A long is a number where that is exact, else a bigint.
 */
export function decodeScalar(type: string, text: string): unknown {
  switch (type) {
    case 'byte':
    case 'short':
    case 'int':
    case 'float':
    case 'double':
      return Number(text);
    case 'long':
      return decodeLong(text);
    case 'boolean':
      return text === 'true' || text === '1';
    case 'dateTime':
      return new Date(text);
    default:
      return text;
  }
}

/** Reads a 64-bit integer: a number where that is exact, else a bigint; text that is none stays text. */
export function decodeLong(text: string): number | bigint | string {
  if (!/^[-+]?\d+$/.test(text)) return text;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}
