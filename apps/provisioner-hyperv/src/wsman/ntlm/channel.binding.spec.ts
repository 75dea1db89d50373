import { createHash } from 'node:crypto';
import { certificateHash, channelBinding } from './channel.binding';

/** A certificate as far as its algorithm: SEQUENCE { SEQUENCE {}, SEQUENCE { oid, parameters } }. */
function certificate(algorithm: string): Buffer {
  const oid = Buffer.from(algorithm, 'hex');
  const identifier = Buffer.concat([Buffer.from([0x30, oid.length]), oid]);
  return Buffer.concat([Buffer.from([0x30, identifier.length + 2, 0x30, 0]), identifier]);
}

describe('the channel binding', () => {
  it.each([
    ['sha256WithRSAEncryption', '06092a864886f70d01010b0500', 'sha256'],
    ['sha384WithRSAEncryption', '06092a864886f70d01010c0500', 'sha384'],
    ['sha512WithRSAEncryption', '06092a864886f70d01010d0500', 'sha512'],
    ['sha1WithRSAEncryption, for which SHA-256 stands', '06092a864886f70d0101050500', 'sha256'],
    ['ecdsa-with-SHA256', '06082a8648ce3d040302', 'sha256'],
    ['ecdsa-with-SHA384', '06082a8648ce3d040303', 'sha384'],
    ['ecdsa-with-SHA512', '06082a8648ce3d040304', 'sha512'],
    ['RSASSA-PSS with SHA-384', '06092a864886f70d01010a3011a00f300d0609608648016503040202' + '0500', 'sha384'],
    ['Ed25519, for which SHA-256 stands', '06032b6570', 'sha256'],
  ])('takes the hash of %s', (_name, algorithm, hash) => {
    expect(certificateHash(certificate(algorithm))).toBe(hash);
  });

  it('is the MD5 of a struct without addresses', () => {
    const bytes = certificate('06092a864886f70d01010b0500');
    const data = Buffer.concat([Buffer.from('tls-server-end-point:'), createHash('sha256').update(bytes).digest()]);
    const struct = Buffer.concat([Buffer.alloc(16), Buffer.from([data.length, 0, 0, 0]), data]);
    expect(channelBinding(bytes)).toEqual(createHash('md5').update(struct).digest());
  });

  it('refuses what is no certificate', () => {
    expect(() => channelBinding(Buffer.from('3082ffff', 'hex'))).toThrow(RangeError);
  });
});
