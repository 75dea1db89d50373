import type { ServerSealing } from './ntlm/sealing';

const PROTOCOL = 'application/HTTP-SPNEGO-session-encrypted';

/** How sealed answers are declared. */
export const SEALED_TYPE = `multipart/encrypted;protocol="${PROTOCOL}";boundary="Encrypted Boundary"`;

/** Puts a sealed answer into its parts; each of their headers begins with a tab, as Windows writes it. */
export function packSealed(plain: Buffer, sealing: ServerSealing): Buffer {
  const { sealed, signature } = sealing.seal(plain);
  const length = Buffer.alloc(4);
  length.writeInt32LE(signature.length);
  return Buffer.concat([
    Buffer.from(
      `--Encrypted Boundary\r\n\tContent-Type: ${PROTOCOL}\r\n\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=${plain.length}\r\n` +
        '--Encrypted Boundary\r\n\tContent-Type: application/octet-stream\r\n',
    ),
    length,
    signature,
    sealed,
    Buffer.from('--Encrypted Boundary--\r\n'),
  ]);
}

/** Takes a sealed request out of its parts; undefined when it is malformed, or not sealed with this connection's keys. */
export function unpackSealed(body: Buffer, sealing: ServerSealing): Buffer | undefined {
  const mark = Buffer.from('application/octet-stream\r\n');
  const from = body.indexOf(mark) + mark.length;
  const to = body.lastIndexOf('--Encrypted Boundary--');
  if (from < mark.length || to < from + 20 || body.readInt32LE(from) !== 16) return undefined;
  const plain = sealing.open(body.subarray(from + 20, to), body.subarray(from + 4, from + 20));
  const declared = /OriginalContent:[^\r\n]*Length=(\d+)/.exec(body.toString('latin1', 0, from));
  return Number(declared?.[1]) === plain?.length ? plain : undefined;
}
