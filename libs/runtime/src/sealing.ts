import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { DcmError } from '@dcm/contracts';

/** A site's key pair: SPKI and PKCS #8 in base64. Only the provisioners of the site hold the private half. */
export interface SealingKey {
  readonly publicKey: string;
  readonly privateKey: string;
}

const prefix = 'sealed:v1:';

const spki = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });

export function createSealingKey(): SealingKey {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  return {
    publicKey: spki(publicKey).toString('base64'),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
  };
}

/** The public half of a private key, to announce. */
export const publicKeyOf = (privateKey: string): string =>
  spki(
    createPublicKey(createPrivateKey({ key: Buffer.from(privateKey, 'base64'), format: 'der', type: 'pkcs8' })),
  ).toString('base64');

const aesKey = (secret: Buffer, ephemeral: Buffer): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, ephemeral, 'dcm sealed v1', 32));

export const isSealed = (text: string): boolean => text.startsWith(prefix);

/**
 * Seals a guest's secret for one site: ephemeral X25519, HKDF-SHA256, AES-256-GCM.
 * @param context is authenticated with it (the VM's id): a sealed text that is moved to another VM does not open.
 * @throws DcmError INVALID_REQUEST for a key that is not an X25519 public key.
 */
export function seal(publicKey: string, text: string, context: string): string {
  let recipient: KeyObject;
  try {
    recipient = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
  } catch (cause) {
    throw new DcmError('INVALID_REQUEST', 'Unable to seal for the site: its announced key is not a public key', {
      cause,
    });
  }
  const ephemeral = generateKeyPairSync('x25519');
  const ephemeralPublic = spki(ephemeral.publicKey);
  const key = aesKey(diffieHellman({ privateKey: ephemeral.privateKey, publicKey: recipient }), ephemeralPublic);
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return (
    prefix + [ephemeralPublic, nonce, cipher.getAuthTag(), body].map((part) => part.toString('base64url')).join('.')
  );
}

/** @throws DcmError INVALID_REQUEST when the text was not sealed for this key and context, or was changed. */
export function openSealed(privateKey: string, sealed: string, context: string): string {
  try {
    const parts = sealed
      .slice(prefix.length)
      .split('.')
      .map((part) => Buffer.from(part, 'base64url'));
    const [ephemeralPublic, nonce, tag, body] = parts as [Buffer, Buffer, Buffer, Buffer];
    const own = createPrivateKey({ key: Buffer.from(privateKey, 'base64'), format: 'der', type: 'pkcs8' });
    const theirs = createPublicKey({ key: ephemeralPublic, format: 'der', type: 'spki' });
    const decipher = createDecipheriv(
      'aes-256-gcm',
      aesKey(diffieHellman({ privateKey: own, publicKey: theirs }), ephemeralPublic),
      nonce,
    );
    decipher.setAAD(Buffer.from(context)).setAuthTag(tag);
    return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new DcmError(
      'INVALID_REQUEST',
      'Unable to open a sealed guest secret: it was not sealed for this site and VM',
      { cause },
    );
  }
}
