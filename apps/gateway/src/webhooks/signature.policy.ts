import { createHmac } from 'node:crypto';
import { keyOfSecret } from './secret.policy';

/** What is signed. */
export interface SignedParts {
  readonly id: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly body: string;
}

const signatureOf = (secret: string, { id, timestamp, body }: SignedParts): string =>
  `v1,${createHmac('sha256', keyOfSecret(secret)).update(`${id}.${timestamp}.${body}`).digest('base64')}`;

/**
 * The headers by which a receiver knows who sent it, when, and whether it had it before.
 * @param secrets each signs: two during a rotation.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const signatureHeaders = (secrets: readonly string[], parts: SignedParts): Record<string, string> => ({
  'webhook-id': parts.id,
  'webhook-timestamp': String(parts.timestamp),
  'webhook-signature': secrets.map((secret) => signatureOf(secret, parts)).join(' '),
});
