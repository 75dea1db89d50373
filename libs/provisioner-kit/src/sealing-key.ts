import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DcmError } from '@dcm/contracts';
import { createSealingKey, newId, publicKeyOf, type SealingKey } from '@dcm/runtime';

const hasCode = (error: unknown, code: string): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === code;

/** The whole file appears at once, or not at all: another replica never reads half a key. */
function createOnce(file: string, content: string): void {
  const draft = `${file}.${newId()}`;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(draft, content, { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/**
 * The site's key pair from its file (the private half, PKCS #8 in base64); made with mode 0600 when there is none.
 * @throws DcmError INVALID_REQUEST when the file cannot be read or made, or holds no key.
 */
export function keepSealingKey(file: string): SealingKey {
  try {
    let privateKey = read(file);
    if (privateKey === undefined) {
      createOnce(file, `${createSealingKey().privateKey}\n`);
      privateKey = read(file) ?? '';
    }
    return { privateKey, publicKey: publicKeyOf(privateKey) };
  } catch (cause) {
    throw new DcmError('INVALID_REQUEST', `Unable to use the sealing key ${file}: it cannot be read, made or parsed`, {
      cause,
    });
  }
}
