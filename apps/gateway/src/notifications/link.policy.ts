import { createHash, createHmac, hkdfSync } from 'node:crypto';
import type { LinkSeed } from './link';

/**
 * The secret of a link: 256 bits that nobody can tell without the installation's key and the row. It is the same at every attempt to send
 * it, so that a mail which arrives twice bears one link.
 */
export function tokenOf(installationKey: string, { id, nonce }: LinkSeed): string {
  const key = Buffer.from(hkdfSync('sha256', installationKey, '', 'dcm approval links v1', 32));
  return createHmac('sha256', key).update(id).update('\n').update(nonce).digest('base64url');
}

/** Links are looked up by this. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token, 'utf8').digest();

/** @param publicUrl with or without a slash at its end. */
export const linkOf = (publicUrl: string, token: string): string =>
  `${publicUrl.replace(/\/+$/, '')}/v1/approval-links/${token}`;
