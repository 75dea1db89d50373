import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { DcmError } from '@dcm/contracts';

/** A token taken apart. Only the secret's hash is ever stored. */
export interface PresentedToken {
  readonly id: string;
  readonly secret: string;
}

const tokenPattern = /^dcm_([a-z0-9]{1,32})_([A-Za-z0-9_-]{20,128})$/;
const secretPattern = /^[A-Za-z0-9_-]{20,128}$/;
const bearerPattern = /^Bearer +(\S+)$/i;

/** @returns undefined for anything that is not a token of ours. */
export function parseToken(text: string): PresentedToken | undefined {
  const [, id, secret] = tokenPattern.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** Reads `Authorization: Bearer dcm_<id>_<secret>`. */
export function parseAuthorization(header: string | undefined): PresentedToken | undefined {
  const [, text] = bearerPattern.exec(header ?? '') ?? [];
  return text === undefined ? undefined : parseToken(text);
}

/** 256 random bits need no slow hash. */
export const hashSecret = (secret: string): Buffer => createHash('sha256').update(secret, 'utf8').digest();

/** Compares in a time that does not tell how much was right. */
export const isSecretOf = (hash: Buffer, secret: string): boolean => timingSafeEqual(hashSecret(secret), hash);

/** A new token: 80 bits of id, 256 bits of secret. */
export const createToken = (): PresentedToken => ({
  id: randomBytes(10).toString('hex'),
  secret: randomBytes(32).toString('base64url'),
});

export const formatToken = ({ id, secret }: PresentedToken): string => `dcm_${id}_${secret}`;

/**
 * Reads the configured bootstrap token: a whole token, or a secret that then belongs to the id `bootstrap`.
 * @throws DcmError INVALID_REQUEST for a secret that is too short or holds other signs; it is not shown.
 */
export function parseBootstrapToken(text: string): PresentedToken {
  const whole = parseToken(text);
  if (whole !== undefined) return whole;
  if (secretPattern.test(text) && !text.startsWith('dcm_')) return { id: 'bootstrap', secret: text };
  throw new DcmError(
    'INVALID_REQUEST',
    'Unable to start the gateway: DCM_BOOTSTRAP_TOKEN is neither dcm_<id>_<secret> nor a secret of 20 to 128 letters, digits, _ and -',
  );
}
