import { createHmac, timingSafeEqual } from 'node:crypto';
import { requesterSchema, type Requester } from '@dcm/contracts';

const macOf = (key: string, payload: string): Buffer =>
  createHmac('sha256', key).update('dcm.requester.v1.').update(payload).digest();

/** Vouches for who asked: `<base64url JSON>.<base64url HMAC-SHA256>` under the installation's key. */
export function signRequester(key: string, requester: Requester): string {
  const payload = Buffer.from(JSON.stringify(requester)).toString('base64url');
  return `${payload}.${macOf(key, payload).toString('base64url')}`;
}

/** @returns undefined for a token that this key did not sign. The caller compares `requestId` and `payloadSha256` with the message. */
export function verifyRequester(key: string, token: string): Requester | undefined {
  const [payload, mac, ...rest] = token.split('.');
  if (payload === undefined || mac === undefined || rest.length > 0) return undefined;
  const given = Buffer.from(mac, 'base64url');
  const expected = macOf(key, payload);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const parsed = requesterSchema.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
  return parsed.success ? parsed.data : undefined;
}
