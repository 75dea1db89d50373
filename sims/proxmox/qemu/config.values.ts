import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { failure } from '../api.error';
import { splitList } from '../schema/params';
import { isNetKey, readNet, storedNet } from './net';

const MASK = '**********';

/** Tags as they are stored: lower case, sorted, each once. */
export const normalTags = (value: string): string =>
  [...new Set(splitList(value).map((tag) => tag.toLowerCase()))].sort().join(';');

const KEY_LINE =
  /^(ssh-(rsa|dss|ed25519)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh|ecdsa)-\S+)\s+([A-Za-z0-9+/]+=*)(\s.*)?$/;

/** A key names its own kind in its data. */
function isPublicKey(line: string): boolean {
  const [, type = '', , , , data = ''] = KEY_LINE.exec(line) ?? [];
  const bytes = Buffer.from(data, 'base64');
  if (type === '' || bytes.length < 4) return false;
  return bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString('latin1') === type;
}

function checkKeys(encoded: string): string {
  const lines = decodeURIComponent(encoded)
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'));
  if (!lines.every(isPublicKey)) throw failure('SSH public key validation error');
  return encoded;
}

/** Only a hash is kept. */
function hashed(password: string): string {
  if (/^\$[1256a-z]+\$/.test(password)) return password;
  const salt = randomBytes(6).toString('hex');
  return `$5$${salt}$${createHash('sha256').update(salt).update(password).digest('base64')}`;
}

const rewrites: Readonly<Record<string, (value: string) => string>> = {
  tags: normalTags,
  sshkeys: checkKeys,
  cipassword: hashed,
  description: (value) => value.replace(/\n+$/, ''),
  vmgenid: (value) => (value === '1' ? randomUUID() : value),
};

/**
 * A value in the form in which it is stored. Drives are not changed here: they need their storage.
 * @throws ApiError 500 for SSH keys that are none.
 */
export function storedValue(key: string, value: string): string {
  if (isNetKey(key)) return storedNet(readNet(key, value));
  return (Object.hasOwn(rewrites, key) ? rewrites[key]?.(value) : undefined) ?? value;
}

/** A value as reads show it. */
export const shownValue = (key: string, value: string | number): string | number =>
  key === 'cipassword' ? MASK : value;
