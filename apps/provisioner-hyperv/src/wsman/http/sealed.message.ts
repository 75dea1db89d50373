import type { MessageSealing } from '../authenticator';
import { WsmanError } from '../wsman.errors';

const BOUNDARY = 'Encrypted Boundary';
const ORIGINAL_TYPE = 'application/soap+xml;charset=UTF-8';
const MULTIPART = /^multipart\/encrypted\b/i;
const ORIGINAL_LENGTH = /OriginalContent:[^\r\n]*;\s*Length=(\d{1,8})\b/i;
const DATA_HEAD = Buffer.from('Content-Type: application/octet-stream\r\n', 'latin1');
const MAX_HEAD = 1024;

/** A sealed body and how it is declared. @see MS-WSMV 2.2.9.1 */
export interface SealedBody {
  readonly contentType: string;
  readonly body: Buffer;
}

/** Seals an envelope into the two parts that WinRM expects. */
export function sealBody(plain: Buffer, sealing: MessageSealing): SealedBody {
  const { signature, sealed } = sealing.seal(plain);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(signature.length);
  const head = [
    `--${BOUNDARY}`,
    `\tContent-Type: ${sealing.protocol}`,
    `\tOriginalContent: type=${ORIGINAL_TYPE};Length=${plain.length}`,
    `--${BOUNDARY}`,
    '\tContent-Type: application/octet-stream',
    '',
  ].join('\r\n');
  return {
    contentType: `multipart/encrypted;protocol="${sealing.protocol}";boundary="${BOUNDARY}"`,
    body: Buffer.concat([Buffer.from(head), size, signature, sealed, Buffer.from(`--${BOUNDARY}--\r\n`)]),
  };
}

/** Whether an answer says that it is sealed. */
export function isSealed(contentType: string | undefined): boolean {
  return MULTIPART.test(contentType ?? '');
}

/**
 * Opens a sealed answer. The sealed bytes may hold anything, the boundary too, so the declared length says where they end.
 * @throws WsmanError BAD_ANSWER
 */
export function openBody(body: Buffer, sealing: MessageSealing): Buffer {
  const headEnd = body.subarray(0, MAX_HEAD).indexOf(DATA_HEAD);
  const declared = ORIGINAL_LENGTH.exec(body.toString('latin1', 0, Math.max(headEnd, 0)));
  if (declared === null || headEnd < 0) throw malformed('its parts are not those of a sealed message');
  const at = headEnd + DATA_HEAD.length;
  const length = Number(declared[1]);
  const signatureSize = at + 4 <= body.length ? body.readUInt32LE(at) : body.length;
  const from = at + 4 + signatureSize;
  if (from + length > body.length) throw malformed('it is shorter than it says');
  const tail = body.toString('latin1', from + length).trim();
  if (tail !== `--${BOUNDARY}--`) throw malformed('it is longer than it says');
  return sealing.open(body.subarray(from, from + length), body.subarray(at + 4, from));
}

function malformed(why: string): WsmanError {
  return new WsmanError('BAD_ANSWER', `Unable to open a sealed answer: ${why}`, { mayHaveActed: true });
}
