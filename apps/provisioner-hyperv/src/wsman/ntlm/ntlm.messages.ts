import { utf16 } from './ntlm.keys';

/** Bits of NEGOTIATE that this client uses. @see MS-NLMP 2.2.2.5 */
export const Flag = {
  UNICODE: 0x00000001,
  REQUEST_TARGET: 0x00000004,
  SIGN: 0x00000010,
  SEAL: 0x00000020,
  NTLM: 0x00000200,
  ALWAYS_SIGN: 0x00008000,
  EXTENDED_SESSION_SECURITY: 0x00080000,
  TARGET_INFO: 0x00800000,
  VERSION: 0x02000000,
  KEY_128: 0x20000000,
  KEY_EXCHANGE: 0x40000000,
  KEY_56: 0x80000000,
} as const;

/** Ids of attributes in a target info. @see MS-NLMP 2.2.2.1 */
export const Attribute = { END: 0, FLAGS: 6, TIMESTAMP: 7, TARGET_NAME: 9, CHANNEL_BINDINGS: 10 } as const;

/** Bit of `Attribute.FLAGS`: the last message carries a code over all three. */
export const MIC_PRESENT = 0x00000002;

const SIGNATURE = Buffer.from('NTLMSSP\0', 'latin1');
const VERSION = Buffer.from([10, 0, 0x61, 0x4a, 0, 0, 0, 15]);
const NEGOTIATE_SIZE = 40;
const CHALLENGE_FIXED = 48;
const AUTHENTICATE_FIXED = 88;
const MIC_AT = 72;

/** Bytes that are no NTLM message. */
export class NtlmFormatError extends Error {
  override readonly name = 'NtlmFormatError';
}

/** First message: what the client can do. @see MS-NLMP 2.2.1.1 */
export function encodeNegotiate(flags: number): Buffer {
  const message = Buffer.alloc(NEGOTIATE_SIZE);
  SIGNATURE.copy(message);
  message.writeUInt32LE(1, 8);
  message.writeUInt32LE(flags, 12);
  message.writeUInt32LE(NEGOTIATE_SIZE, 20);
  message.writeUInt32LE(NEGOTIATE_SIZE, 28);
  VERSION.copy(message, 32);
  return message;
}

/** The server's answer. */
export interface Challenge {
  readonly flags: number;
  readonly serverChallenge: Buffer;
  readonly targetInfo: ReadonlyMap<number, Buffer>;
}

/**
 * @see MS-NLMP 2.2.1.2
 * @throws NtlmFormatError
 */
export function decodeChallenge(message: Buffer): Challenge {
  if (message.length < CHALLENGE_FIXED || !message.subarray(0, 8).equals(SIGNATURE) || message.readUInt32LE(8) !== 2) {
    throw new NtlmFormatError('it is no CHALLENGE message');
  }
  return {
    flags: message.readUInt32LE(20),
    serverChallenge: message.subarray(24, 32),
    targetInfo: decodeAttributes(field(message, 40)),
  };
}

function field(message: Buffer, at: number): Buffer {
  const from = message.readUInt32LE(at + 4);
  const to = from + message.readUInt16LE(at);
  if (to > message.length) throw new NtlmFormatError('a field points behind its end');
  return message.subarray(from, to);
}

function decodeAttributes(list: Buffer): ReadonlyMap<number, Buffer> {
  const attributes = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= list.length;) {
    const id = list.readUInt16LE(at);
    if (id === Attribute.END) return attributes;
    const to = at + 4 + list.readUInt16LE(at + 2);
    if (to > list.length) break;
    attributes.set(id, list.subarray(at + 4, to));
    at = to;
  }
  throw new NtlmFormatError('its attribute list does not end');
}

/** Attributes in the order of the map, and the end mark. */
export function encodeAttributes(attributes: ReadonlyMap<number, Buffer>): Buffer {
  const parts = [...attributes].map(([id, value]) => {
    const head = Buffer.alloc(4);
    head.writeUInt16LE(id);
    head.writeUInt16LE(value.length, 2);
    return Buffer.concat([head, value]);
  });
  return Buffer.concat([...parts, Buffer.alloc(4)]);
}

/** What the last message says. */
export interface AuthenticateFields {
  readonly flags: number;
  readonly lmResponse: Buffer;
  readonly ntResponse: Buffer;
  readonly domain: string;
  readonly username: string;
  readonly workstation: string;
  readonly encryptedSessionKey: Buffer;
}

/** Last message, with room for the MIC, which is zero as long as `writeMic` was not called. @see MS-NLMP 2.2.1.3 */
export function encodeAuthenticate(fields: AuthenticateFields): Buffer {
  const payload = [
    fields.lmResponse,
    fields.ntResponse,
    utf16(fields.domain),
    utf16(fields.username),
    utf16(fields.workstation),
    fields.encryptedSessionKey,
  ];
  const head = Buffer.alloc(AUTHENTICATE_FIXED);
  SIGNATURE.copy(head);
  head.writeUInt32LE(3, 8);
  let at = AUTHENTICATE_FIXED;
  payload.forEach((part, index) => {
    const entry = 12 + index * 8;
    head.writeUInt16LE(part.length, entry);
    head.writeUInt16LE(part.length, entry + 2);
    head.writeUInt32LE(at, entry + 4);
    at += part.length;
  });
  head.writeUInt32LE(fields.flags, 60);
  VERSION.copy(head, 64);
  return Buffer.concat([head, ...payload]);
}

/** Puts the code over all three messages into the last one. @param mic 16 bytes */
export function writeMic(authenticate: Buffer, mic: Buffer): void {
  mic.copy(authenticate, MIC_AT);
}
