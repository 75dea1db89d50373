import { createHmac } from 'node:crypto';
import { DcmError, operationIdSchema, type OperationId } from '@dcm/contracts';
import { canonicalJson, newId, operationIdOf } from '@dcm/runtime';

/** What makes a request the same request: its operation, and the caller's key when there is one. */
export interface RequestIdentity {
  readonly operationId: OperationId;
  readonly key: string | null;
}

const keyPattern = /^[\x21-\x7e]{1,255}$/;

const refuse = (pointer: string, message: string): DcmError =>
  new DcmError('INVALID_REQUEST', `Unable to accept the request: ${pointer} ${message}`, {
    details: [{ pointer, message }],
  });

function keyOf(header: unknown, clientToken: string | undefined): string | null {
  if (header === undefined) return clientToken ?? null;
  if (typeof header !== 'string' || !keyPattern.test(header)) {
    throw refuse('header/Idempotency-Key', 'must be 1 to 255 printable characters without spaces');
  }
  if (clientToken !== undefined && clientToken !== header)
    throw refuse('/clientToken', 'differs from the header Idempotency-Key');
  return header;
}

/**
 * The operation of a request. The same caller with the same key always gets the same one; without a key each request is its own.
 * @param caller is the principal with its tenant: equal names in two tenants are two callers.
 * @throws DcmError INVALID_REQUEST for a key that is malformed, or two keys that differ.
 */
export function identify(caller: string, header: unknown, clientToken?: string): RequestIdentity {
  const key = keyOf(header, clientToken);
  return { key, operationId: key === null ? operationIdSchema.parse(newId()) : operationIdOf(caller, key) };
}

/** What tells the same payload again from another one under the same key. Keyed, because the payload may hold a guest's secret. */
export const payloadHashOf = (installationKey: string, payload: unknown): string =>
  createHmac('sha256', installationKey).update('dcm.payload.v1\n').update(canonicalJson(payload)).digest('hex');
