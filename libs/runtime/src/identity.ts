import { randomBytes } from 'node:crypto';
import { v5, v7 } from 'uuid';
import { operationIdSchema, vmIdSchema, type OperationId, type VmId } from '@dcm/contracts';

/** Namespaces of our version 5 UUIDs: fixed for ever, because ids that were given out derive from them. */
const OPERATIONS = '8b0f4f0e-3f0a-5d5c-9a53-0d9e1a4a6f01';
const VMS = '8b0f4f0e-3f0a-5d5c-9a53-0d9e1a4a6f02';

/** A new id that sorts by time. */
export const newId = (): string => v7();

/** The same publisher (or principal) with the same message id (or idempotency key) always gets the same operation. */
export const operationIdOf = (publisher: string, key: string): OperationId =>
  operationIdSchema.parse(v5(`${publisher.length}:${publisher}:${key}`, OPERATIONS));

/** The operation of one of several VMs of a request, `index` from 1: the first's id is the request's own. The same request always gets the same. */
export const memberIdOf = (first: OperationId, index: number): OperationId =>
  index === 1 ? first : operationIdSchema.parse(v5(`${first}/${index}`, OPERATIONS));

/** The VM that a create operation makes. */
export const vmIdOf = (operationId: OperationId): VmId => vmIdSchema.parse(v5(operationId, VMS));

const traceparentPattern = /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/;

/** A W3C traceparent in the same trace as `parent`, or the first one of a new trace. */
export function childTraceparent(parent?: string): string {
  const match = traceparentPattern.exec(parent ?? '');
  return `00-${match?.[1] ?? randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-${match?.[2] ?? '01'}`;
}
