import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';

/** A certificate of its own making: nobody trusts it, unless it is given as authority or pinned. */
export interface SelfSigned {
  /** PEM. */
  readonly key: string;
  /** PEM. */
  readonly cert: string;
  /** SHA-256, 64 hex digits. */
  readonly sha256: string;
}

const DAY_MS = 86_400_000;
const COMMON_NAME = '2.5.4.3';
const ECDSA_SHA256 = '1.2.840.10045.4.3.2';
const ALTERNATIVE_NAME = '2.5.29.17';
const BASIC_CONSTRAINTS = '2.5.29.19';

/** One element of DER. @see ITU-T X.690 */
function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const digits = body.length.toString(16);
  const size = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
  const head = body.length < 128 ? [tag, body.length] : [tag, 0x80 | size.length, ...size];
  return Buffer.concat([Buffer.from(head), body]);
}

const sequence = (...content: readonly Buffer[]): Buffer => der(0x30, ...content);

function objectId(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const septets = (value: number): number[] =>
    value < 128 ? [value] : [...septets(Math.floor(value / 128)).map((one) => one | 0x80), value % 128];
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(septets)]));
}

const utcTime = (at: number): Buffer => {
  const digits = new Date(at).toISOString().replace(/\D/g, '');
  return der(0x17, Buffer.from(`${digits.slice(2, 14)}Z`));
};

const extension = (id: string, value: Buffer): Buffer => sequence(objectId(id), der(0x04, value));

/** What is signed. @see RFC 5280, 4.1 */
function toBeSigned(publicKey: KeyObject, hosts: readonly string[]): Buffer {
  const name = sequence(der(0x31, sequence(objectId(COMMON_NAME), der(0x0c, Buffer.from('fault proxy')))));
  const names = hosts.map((host) =>
    isIPv4(host) ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host)),
  );
  const now = Date.now();
  return sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    sequence(objectId(ECDSA_SHA256)),
    name,
    sequence(utcTime(now - DAY_MS), utcTime(now + 30 * DAY_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(
      0xa3,
      sequence(
        extension(BASIC_CONSTRAINTS, sequence(der(0x01, Buffer.from([0xff])))),
        extension(ALTERNATIVE_NAME, sequence(der(0x82, Buffer.from('localhost')), ...names)),
      ),
    ),
  );
}

/** Makes a key and a certificate for `localhost` and the hosts, IPv4 addresses or names, good for 30 days. Every call makes another. */
export function selfSigned(hosts: readonly string[] = ['127.0.0.1']): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const signed = toBeSigned(publicKey, hosts);
  const signature = der(0x03, Buffer.from([0]), sign('sha256', signed, privateKey));
  const whole = sequence(signed, sequence(objectId(ECDSA_SHA256)), signature);
  const lines = whole.toString('base64').replace(/.{64}/g, '$&\n');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    sha256: createHash('sha256').update(whole).digest('hex'),
  };
}
