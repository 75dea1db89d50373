import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const prefix = 'whsec_';
const nonceBytes = 12;
const tagBytes = 16;

/** A new secret of 256 bits, as people and libraries take it. @see https://www.standardwebhooks.com */
export const createSecret = (): string => prefix + randomBytes(32).toString('base64');

/** The bytes that sign. */
export const keyOfSecret = (secret: string): Buffer => Buffer.from(secret.slice(prefix.length), 'base64');

const sealingKey = (installationKey: string): Buffer =>
  Buffer.from(hkdfSync('sha256', installationKey, '', 'dcm webhook secrets v1', 32));

/** Encrypts a secret for the database; it opens for its own webhook only. */
export function closeSecret(installationKey: string, webhookId: string, secret: string): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', sealingKey(installationKey), nonce).setAAD(Buffer.from(webhookId));
  const body = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

/** @returns undefined when it was closed under another installation's key, or for another webhook. */
export function openSecret(installationKey: string, webhookId: string, closed: Buffer): string | undefined {
  const bodyAt = nonceBytes + tagBytes;
  const nonce = closed.subarray(0, nonceBytes);
  try {
    const decipher = createDecipheriv('aes-256-gcm', sealingKey(installationKey), nonce);
    decipher.setAAD(Buffer.from(webhookId)).setAuthTag(closed.subarray(nonceBytes, bodyAt));
    return Buffer.concat([decipher.update(closed.subarray(bodyAt)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}
