import { createHash, createHmac } from 'node:crypto';
import { rc4Stream, type Rc4Stream } from './legacy';

interface Half {
  readonly signingKey: Buffer;
  readonly stream: Rc4Stream;
  count: number;
}

/** The server's half of message encryption on one connection. @see MS-NLMP 3.4.3, 3.4.4.2 */
export class ServerSealing {
  private readonly out: Half;
  private readonly in: Half;

  constructor(exportedSessionKey: Buffer) {
    this.out = half(exportedSessionKey, 'server-to-client');
    this.in = half(exportedSessionKey, 'client-to-server');
  }

  seal(plain: Buffer): { readonly sealed: Buffer; readonly signature: Buffer } {
    const sealed = this.out.stream(plain);
    return { sealed, signature: signature(this.out, plain) };
  }

  /** @returns undefined when the signature is wrong or out of order */
  open(sealed: Buffer, sent: Buffer): Buffer | undefined {
    const plain = this.in.stream(sealed);
    return signature(this.in, plain).equals(sent) ? plain : undefined;
  }
}

function half(key: Buffer, way: string): Half {
  const derive = (use: string): Buffer =>
    createHash('md5')
      .update(Buffer.concat([key, Buffer.from(`session key to ${way} ${use} key magic constant\0`)]))
      .digest();
  return { signingKey: derive('signing'), stream: rc4Stream(derive('sealing')), count: 0 };
}

function signature(side: Half, plain: Buffer): Buffer {
  const out = Buffer.alloc(16);
  out.writeUInt32LE(1, 0);
  out.writeUInt32LE(side.count, 12);
  const digest = createHmac('md5', side.signingKey).update(out.subarray(12)).update(plain).digest();
  side.stream(digest.subarray(0, 8)).copy(out, 4);
  side.count += 1;
  return out;
}
