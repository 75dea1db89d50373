import { timingSafeEqual } from 'node:crypto';
import type { MessageSealing } from '../authenticator';
import { WsmanError } from '../wsman.errors';
import { directionKey, hmacMd5, type Direction } from './ntlm.keys';
import { Rc4 } from './rc4';

const SIGNATURE_SIZE = 16;

/** Keys and counter of one direction. */
class Stream {
  private readonly signingKey: Buffer;
  private readonly cipher: Rc4;
  private sequence = 0;

  constructor(exportedSessionKey: Buffer, direction: Direction) {
    this.signingKey = directionKey(exportedSessionKey, direction, 'signing');
    this.cipher = new Rc4(directionKey(exportedSessionKey, direction, 'sealing'));
  }

  crypt(bytes: Buffer): Buffer {
    return this.cipher.next(bytes);
  }

  /** Signature of the next message; its checksum takes eight bytes of the key stream, after the message's own. */
  sign(plain: Buffer): Buffer {
    const sequence = Buffer.alloc(4);
    sequence.writeUInt32LE(this.sequence);
    this.sequence = (this.sequence + 1) >>> 0;
    const checksum = this.cipher.next(hmacMd5(this.signingKey, sequence, plain).subarray(0, 8));
    return Buffer.concat([Buffer.from([1, 0, 0, 0]), checksum, sequence]);
  }
}

/** Seals what the client sends and opens what the server sends. @see MS-NLMP 3.4.4.2 and 4.2.4.4 */
export class NtlmSession implements MessageSealing {
  readonly protocol = 'application/HTTP-SPNEGO-session-encrypted';
  private readonly outgoing: Stream;
  private readonly incoming: Stream;

  constructor(exportedSessionKey: Buffer) {
    this.outgoing = new Stream(exportedSessionKey, 'client-to-server');
    this.incoming = new Stream(exportedSessionKey, 'server-to-client');
  }

  seal(plain: Buffer): { readonly signature: Buffer; readonly sealed: Buffer } {
    const sealed = this.outgoing.crypt(plain);
    return { signature: this.outgoing.sign(plain), sealed };
  }

  open(sealed: Buffer, signature: Buffer): Buffer {
    const plain = this.incoming.crypt(sealed);
    const expected = this.incoming.sign(plain);
    if (signature.length !== SIGNATURE_SIZE || !timingSafeEqual(signature, expected)) {
      throw new WsmanError('BAD_ANSWER', 'Unable to believe an answer: its NTLM signature is wrong', {
        mayHaveActed: true,
      });
    }
    return plain;
  }
}
