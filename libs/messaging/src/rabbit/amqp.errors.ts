import { IllegalOperationError } from 'amqplib';

/**
 * AMQP's channel-level refusals: access refused, not found, resource locked, precondition failed. Asking again gets the same answer.
 * @see https://www.rabbitmq.com/amqp-0-9-1-reference#constants
 */
const refusals: ReadonlySet<unknown> = new Set([403, 404, 405, 406]);

/** True when the broker said no, as opposed to being away. */
export const isRefusal = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && refusals.has(error.code);

/** True when a call came too late: amqplib's channel or connection is closed already. */
export const isTooLate = (error: unknown): boolean => error instanceof IllegalOperationError;
