import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DcmError, routes, type Route } from '@dcm/contracts';

const formRoutes = new Set(
  Object.values(routes as Record<string, Route>)
    .filter((route) => route.form === true)
    .map((route) => `${route.method} ${route.path}`),
);

/** Whether the table says that the route's body is a form. */
export const isFormRoute = ({ method, routeOptions }: Pick<FastifyRequest, 'method' | 'routeOptions'>): boolean =>
  formRoutes.has(`${method} ${routeOptions.url ?? ''}`);

/**
 * Reads fields of a form, each once.
 * @throws DcmError INVALID_REQUEST for a field that comes twice, or for what is not UTF-8.
 */
export function parseForm(body: Buffer): Record<string, string> {
  if (!isUtf8(body)) throw new DcmError('INVALID_REQUEST', 'Unable to read the form: it is not UTF-8');
  const fields = [...new URLSearchParams(body.toString('utf8'))];
  const twice = fields.find(([name], at) => fields.findIndex(([other]) => other === name) !== at);
  if (twice !== undefined) {
    throw new DcmError('INVALID_REQUEST', 'Unable to read the form: a field comes twice', {
      details: [{ pointer: `/${twice[0]}`, message: 'comes twice' }],
    });
  }
  return Object.fromEntries(fields);
}

/** Makes the server take forms, on the routes whose row says so and nowhere else. */
export function takeForms(server: FastifyInstance): void {
  const type = 'application/x-www-form-urlencoded';
  server.addContentTypeParser(type, { parseAs: 'buffer' }, (request, body, done) => {
    if (!isFormRoute(request)) {
      done(new DcmError('UNSUPPORTED_MEDIA_TYPE', 'Unable to take the body: its media type is not application/json'));
      return;
    }
    try {
      done(null, parseForm(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
}
