import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const nonceBytes = 12;
const tagBytes = 16;
const shownBytes = 4096;

const keyOf = (installationKey: string): Buffer =>
  Buffer.from(hkdfSync('sha256', installationKey, '', 'dcm dead letters v1', 32));

/** Encrypts a dead message's body for storage, bound to its letter: it may hold a guest's secret in the clear. */
export function sealBody(installationKey: string, letterId: string, body: Buffer): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', keyOf(installationKey), nonce).setAAD(Buffer.from(letterId));
  const sealed = Buffer.concat([cipher.update(body), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

/** @returns undefined when it was sealed under another key or for another letter. */
export function openBody(installationKey: string, letterId: string, sealed: Buffer): Buffer | undefined {
  const nonce = sealed.subarray(0, nonceBytes);
  const tag = sealed.subarray(nonceBytes, nonceBytes + tagBytes);
  try {
    const decipher = createDecipheriv('aes-256-gcm', keyOf(installationKey), nonce);
    decipher.setAAD(Buffer.from(letterId)).setAuthTag(tag);
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes + tagBytes)), decipher.final()]);
  } catch {
    return undefined;
  }
}

const secretWords = /user[_-]?data|passw|secret|token|private[_-]?key|credential|authorization/i;

const textOf = (body: Buffer): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
};

/** JSON may spell a key with escapes; written anew it has none. */
const plainlyWritten = (text: string): string => {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
};

/** A body as people may see it: at most 4 KiB of text; null when it is not text, or when it may hold a secret. */
export function shownBody(body: Buffer): string | null {
  const text = textOf(body);
  if (text === undefined || secretWords.test(text) || secretWords.test(plainlyWritten(text))) return null;
  // A cut in the middle of a character leaves a replacement character, which is taken away.
  return body.length <= shownBytes
    ? text
    : body
        .subarray(0, shownBytes)
        .toString('utf8')
        .replace(/\uFFFD+$/, '');
}
