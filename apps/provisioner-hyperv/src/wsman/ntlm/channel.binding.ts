import { createHash } from 'node:crypto';

const OBJECT_ID = 0x06;
const PREFIX = 'tls-server-end-point:';

/**
 * The value that ties a login to the TLS connection it is made on: MD5 over a gss_channel_bindings_struct without
 * addresses, whose data is the hash of the server's certificate.
 * @param certificate DER
 * @returns 16 bytes
 * @see RFC 5929, section 4.1; MS-NLMP 2.2.2.1
 */
export function channelBinding(certificate: Buffer): Buffer {
  const hash = createHash(certificateHash(certificate)).update(certificate).digest();
  const data = Buffer.concat([Buffer.from(PREFIX, 'latin1'), hash]);
  const struct = Buffer.alloc(20);
  struct.writeUInt32LE(data.length, 16);
  return createHash('md5').update(struct).update(data).digest();
}

/** Algorithms whose own hash counts; for MD5, SHA-1 and everything else it is SHA-256. */
const STRONGER: ReadonlyMap<string, 'sha384' | 'sha512'> = new Map([
  ['2a864886f70d01010c', 'sha384'], // sha384WithRSAEncryption
  ['2a864886f70d01010d', 'sha512'], // sha512WithRSAEncryption
  ['2a8648ce3d040303', 'sha384'], // ecdsa-with-SHA384
  ['2a8648ce3d040304', 'sha512'], // ecdsa-with-SHA512
  ['608648016503040202', 'sha384'], // id-sha384, as a parameter of RSASSA-PSS
  ['608648016503040203', 'sha512'], // id-sha512, as a parameter of RSASSA-PSS
]);

/** The hash that a certificate was signed with, as far as it counts for the binding. @param certificate DER */
export function certificateHash(certificate: Buffer): 'sha256' | 'sha384' | 'sha512' {
  const body = element(certificate, 0);
  const toBeSigned = element(certificate, body.from);
  const algorithm = element(certificate, toBeSigned.to);
  for (const id of objectIds(certificate.subarray(algorithm.from, algorithm.to))) {
    const hash = STRONGER.get(id);
    if (hash !== undefined) return hash;
  }
  return 'sha256';
}

/** All object ids in an algorithm identifier, those of its parameters too, in hex. */
function objectIds(bytes: Buffer): string[] {
  const ids: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const { tag, from, to } = element(bytes, at);
    if (tag === OBJECT_ID) ids.push(bytes.toString('hex', from, to));
    if (tag >= 0x20 && (tag & 0x20) !== 0) ids.push(...objectIds(bytes.subarray(from, to)));
    at = to;
  }
  return ids;
}

/** The DER element at a place: where its content begins and ends. @see ITU-T X.690 */
function element(bytes: Buffer, at: number): { readonly tag: number; readonly from: number; readonly to: number } {
  const tag = bytes[at] ?? 0;
  const first = bytes[at + 1] ?? 0;
  const digits = first < 0x80 ? 0 : first & 0x7f;
  const from = at + 2 + digits;
  const length = digits === 0 ? first : bytes.readUIntBE(at + 2, digits);
  if (from + length > bytes.length) throw new RangeError('The certificate is not valid DER');
  return { tag, from, to: from + length };
}
