import { createHash, createHmac } from 'node:crypto';
import { md4 } from './md4';

/** HMAC-MD5 over the parts, one after the other. */
export function hmacMd5(key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer {
  const hmac = createHmac('md5', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

/** Text as NTLM writes it. */
export function utf16(text: string): Buffer {
  return Buffer.from(text, 'utf16le');
}

/**
 * The key that a password is turned into (NTOWFv2). Only the user's name is folded to capitals, not the domain's.
 * @see MS-NLMP 3.3.2
 */
export function responseKey(username: string, password: string, domain: string): Buffer {
  return hmacMd5(md4(utf16(password)), utf16(toCapitals(username) + domain));
}

/** Capitals as Windows makes them, one for one: `ß` stays, where JavaScript would write `SS`. */
function toCapitals(text: string): string {
  return Array.from(text, (character) => {
    const capital = character.toUpperCase();
    return capital.length === character.length ? capital : character;
  }).join('');
}

/** What an NTLMv2 response is made of. */
export interface ResponseInput {
  readonly key: Buffer;
  /** 8 bytes of the server. */
  readonly serverChallenge: Buffer;
  /** 8 random bytes. */
  readonly clientChallenge: Buffer;
  /** FILETIME, 8 bytes. */
  readonly time: Buffer;
  /** The attribute list that is signed with it, with its end mark. */
  readonly targetInfo: Buffer;
}

/** @see MS-NLMP 3.3.2 */
export function ntlmV2Response(input: ResponseInput): { readonly response: Buffer; readonly sessionBaseKey: Buffer } {
  const { key, serverChallenge, clientChallenge, time, targetInfo } = input;
  const head = Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]);
  const temp = Buffer.concat([head, time, clientChallenge, Buffer.alloc(4), targetInfo, Buffer.alloc(4)]);
  const proof = hmacMd5(key, serverChallenge, temp);
  return { response: Buffer.concat([proof, temp]), sessionBaseKey: hmacMd5(key, proof) };
}

/** The older half of the answer, sent only to servers that give no time. @see MS-NLMP 3.3.2 */
export function lmV2Response({ key, serverChallenge, clientChallenge }: ResponseInput): Buffer {
  return Buffer.concat([hmacMd5(key, serverChallenge, clientChallenge), clientChallenge]);
}

/** Which way a message goes. */
export type Direction = 'client-to-server' | 'server-to-client';

/** Key of one use in one direction, for extended session security with 128 bits. @see MS-NLMP 3.4.5.2, 3.4.5.3 */
export function directionKey(exported: Buffer, direction: Direction, use: 'signing' | 'sealing'): Buffer {
  const magic = `session key to ${direction} ${use} key magic constant\0`;
  return createHash('md5').update(exported).update(magic, 'latin1').digest();
}
