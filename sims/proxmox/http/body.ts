import type { IncomingMessage } from 'node:http';
import { ProxyError } from '../api.error';
import type { RawValue } from '../schema/verify';
import type { PveVersion } from '../access/roles';

/** What a call brings, before it is held against a schema. */
export type Given = Record<string, RawValue>;

const KIB = 1024;
const bodyLimit = (version: PveVersion): number => (version === '9.2' ? 512 : 64) * KIB;

/** Where the vendor's JSON parser says that it stands. */
const PLACE = 'at /usr/share/perl5/PVE/APIServer/AnyEvent.pm line 934.';

function percentDecoded(text: string): string {
  const bytes = text.replace(/\+/g, ' ');
  try {
    return decodeURIComponent(bytes);
  } catch {
    return bytes;
  }
}

/** Splits at `&` and `;`; of `a=b=c` only `b` is taken; a repeated key becomes a list. */
export function readForm(text: string): Given {
  const given: Given = {};
  for (const pair of text.split(/[&;]/).filter((one) => one !== '')) {
    const [name = '', value = ''] = pair.split('=').map(percentDecoded);
    const former = Object.hasOwn(given, name) ? given[name] : undefined;
    given[name] = former === undefined ? value : [...(Array.isArray(former) ? (former as unknown[]) : [former]), value];
  }
  delete given['_dc'];
  return given;
}

/** What the vendor's parser expects after the first letter of one of its words. */
const JSON_WORDS: Readonly<Record<string, string>> = { n: 'null', t: 'true', f: 'false' };

function jsonProblem(text: string): string {
  const word = JSON_WORDS[text.charAt(0)];
  const what =
    word === undefined
      ? 'malformed JSON string, neither tag, array, object, number, string or atom'
      : `'${word}' expected`;
  return `${what}, at character offset 0 (before "${text === '' ? '(end of string)' : text.slice(0, 20)}") ${PLACE}`;
}

function readJson(text: string): Given {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Given;
  } catch {
    throw new ProxyError(500, jsonProblem(text), `${jsonProblem(text)}\n`);
  }
  throw new ProxyError(500, `unexpected JSON value ${PLACE}`, `unexpected JSON value ${PLACE}\n`);
}

/**
 * Takes a call's body whole.
 * @throws ProxyError 501 when it comes in chunks, is too long, or the method takes none.
 */
export async function takeBody(request: IncomingMessage, version: PveVersion): Promise<string> {
  const { method = '', headers } = request;
  if (headers['transfer-encoding'] !== undefined) throw new ProxyError(501, 'chunked transfer encoding not supported');
  const length = Number(headers['content-length'] ?? 0);
  if (length > 0 && method !== 'POST' && method !== 'PUT') {
    const reason = `Unexpected content for method '${method}'`;
    throw new ProxyError(501, reason, reason);
  }
  if (length > bodyLimit(version)) throw new ProxyError(501, 'for data too large', 'for data too large');
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/**
 * The parameters of a body.
 * @throws ProxyError 506 for a content type that is neither form nor JSON; 500 for JSON that is none
 */
export function readBody(request: IncomingMessage, body: string): Given {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';');
  const takes = request.method === 'POST' || request.method === 'PUT';
  if (!takes) return {};
  if (type.trim() === 'application/json') return readJson(body);
  if (body === '') return {};
  if (type === '' || type.trim() === 'application/x-www-form-urlencoded') return readForm(body);
  const reason = `upload 'Content-Type '${type}' not implemented`;
  throw new ProxyError(506, reason, reason);
}
