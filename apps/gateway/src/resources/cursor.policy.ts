import { createHmac, timingSafeEqual } from 'node:crypto';
import { DcmError } from '@dcm/contracts';
import { z } from 'zod';

/** The last row of a page: where the next one starts. */
export interface Cursor {
  /** ISO 8601 in milliseconds, UTC. */
  readonly createdAt: string;
  readonly id: string;
}

const cursorSchema = z.tuple([z.iso.datetime(), z.string()]);

const macOf = (key: string, payload: string, context: string): Buffer =>
  createHmac('sha256', key).update(`dcm.cursor.v1\n${payload}\n${context}`).digest().subarray(0, 16);

/**
 * Writes a page token: opaque to the caller, and good only for the list that it came from.
 * @param context names the list with its filters and the caller's scope.
 */
export function encodeCursor(key: string, cursor: Cursor, context: string): string {
  const payload = Buffer.from(JSON.stringify([cursor.createdAt, cursor.id])).toString('base64url');
  return `${payload}.${macOf(key, payload, context).toString('base64url')}`;
}

/** @throws DcmError INVALID_REQUEST for a token that was not given out for this list with these filters. */
export function decodeCursor(key: string, token: string, context: string): Cursor {
  const [payload = '', mac = '', ...rest] = token.split('.');
  const given = Buffer.from(mac, 'base64url');
  const expected = macOf(key, payload, context);
  if (rest.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected)) throw refusal();
  const [createdAt, id] = cursorSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
  return { createdAt, id };
}

const refusal = (): DcmError =>
  new DcmError(
    'INVALID_REQUEST',
    'Unable to continue the list: its page token belongs to another list or other filters',
    {
      details: [
        { pointer: 'query/pageToken', message: 'must be the nextPageToken of the same list with the same filters' },
      ],
    },
  );
