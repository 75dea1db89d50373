import { createHash, createPublicKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { certificatePem, der, objectId, sequence, utcTime, utf8 } from './der';

/** What a node shows to its clients. */
export interface NodeCertificate {
  /** PEM. */
  readonly key: string;
  /** PEM. */
  readonly cert: string;
  /** SHA-256 as `GET /nodes` shows it: 32 pairs of upper-case hex digits, joined by colons. */
  readonly fingerprint: string;
}

const DAY_MS = 86_400_000;
const COMMON_NAME = '2.5.4.3';
const ECDSA_SHA256 = '1.2.840.10045.4.3.2';
const ALTERNATIVE_NAME = '2.5.29.17';
const BASIC_CONSTRAINTS = '2.5.29.19';
const KEY_USAGE = '2.5.29.15';

interface Certificate {
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Buffer[];
}

const nameOf = (commonName: string): Buffer => sequence(der(0x31, sequence(objectId(COMMON_NAME), utf8(commonName))));

const extension = (id: string, value: Buffer): Buffer => sequence(objectId(id), der(0x04, value));

/** @see RFC 5280, 4.1 */
function toBeSigned({ issuer, subject, publicKey, extensions }: Certificate): Buffer {
  const now = Date.now();
  return sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    sequence(objectId(ECDSA_SHA256)),
    issuer,
    sequence(utcTime(now - DAY_MS), utcTime(now + 30 * DAY_MS)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
}

function signed(certificate: Certificate, key: KeyObject): Buffer {
  const body = toBeSigned(certificate);
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, key));
  return sequence(body, sequence(objectId(ECDSA_SHA256)), signature);
}

const fingerprintOf = (bytes: Buffer): string =>
  (createHash('sha256').update(bytes).digest('hex').toUpperCase().match(/../g) ?? []).join(':');

/** The cluster's own certificate authority: every node's certificate comes from it. */
export class ClusterAuthority {
  readonly #key = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
  readonly #name = nameOf('Proxmox Virtual Environment');
  /** PEM. */
  readonly pem: string;

  constructor() {
    const certificate = {
      issuer: this.#name,
      subject: this.#name,
      publicKey: createPublicKey(this.#key),
      extensions: [
        extension(BASIC_CONSTRAINTS, sequence(der(0x01, Buffer.from([0xff])))),
        extension(KEY_USAGE, der(0x03, Buffer.from([1, 0x06]))),
      ],
    };
    this.pem = certificatePem(signed(certificate, this.#key));
  }

  /** Makes a key and a certificate for a node: its name, `localhost`, 127.0.0.1 and others, good for 30 days. */
  issue(node: string, others: readonly string[] = []): NodeCertificate {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const names = ['localhost', node, ...others].map((name) => der(0x82, Buffer.from(name)));
    const address = der(0x87, Buffer.from([127, 0, 0, 1]));
    const certificate = {
      issuer: this.#name,
      subject: nameOf(`${node}.cluster.test`),
      publicKey,
      extensions: [extension(BASIC_CONSTRAINTS, sequence()), extension(ALTERNATIVE_NAME, sequence(address, ...names))],
    };
    const bytes = signed(certificate, this.#key);
    return {
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      cert: certificatePem(bytes),
      fingerprint: fingerprintOf(bytes),
    };
  }
}
