import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { DcmError } from '@dcm/contracts';
import { isFormRoute } from './form-body';
import { placeOfSyntaxError } from './json-syntax';

/** An empty body is no body: a caller that always sends a content type may post to a route that takes none. */
function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  if (!isUtf8(body)) throw new DcmError('INVALID_REQUEST', 'Unable to read the body: it is not UTF-8');
  const text = body.toString('utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const { line, column } = placeOfSyntaxError(text);
    const message = `is not JSON at line ${line}, column ${column}`;
    throw new DcmError('INVALID_REQUEST', `Unable to read the body: it ${message}`, {
      cause,
      details: [{ pointer: '/', message }],
    });
  }
}

/** Makes the server take JSON bodies, and no other media type: that is answered with 415. */
export function takeJsonOnly(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (isFormRoute(request)) {
      done(new DcmError('UNSUPPORTED_MEDIA_TYPE', 'Unable to take the body: this route takes a form'));
      return;
    }
    try {
      done(null, parseJson(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
}
