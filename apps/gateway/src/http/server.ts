import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DcmError } from '@dcm/contracts';
import { newId } from '@dcm/runtime';
import { toDcmError } from './framework.errors';
import { takeForms } from './form-body';
import { takeJsonOnly } from './json-body';
import { toProblem } from './problem.mapper';
import { requestIdOf } from './request-id';

export const bodyLimitBytes = 64 * 1024;

/** An API answers data: it is never framed, sniffed, cached by others, or the source of a script. */
const securityHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** Answers what is not HTTP, or whose headers are too large: no request object exists yet. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const isTooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const cause = isTooLarge ? 'its headers are too large' : 'it is not HTTP';
  const { problem } = toProblem(new DcmError('INVALID_REQUEST', `Unable to read the request: ${cause}`), {
    requestId: newId(),
  });
  const body = JSON.stringify(problem);
  const head = `HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(body)}`;
  socket.end(`${head}\r\n\r\n${body}`);
}

/** Answers a URL that the router cannot read: no hook and no handler runs for it. */
function answerUnroutable(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const { problem, headers } = toProblem(toDcmError(error), { requestId: request.id });
  void reply
    .status(problem.status)
    .headers({ ...securityHeaders, ...headers, 'x-request-id': request.id })
    .type('application/problem+json')
    .send(JSON.stringify(problem));
}

/**
 * The HTTP server under Nest: limits against slow and large requests, one request id per exchange, security headers, JSON bodies only.
 * Once its door is shut it answers what arrives on open connections, and closes each of them behind the answer.
 */
export function createServer(shut: AbortSignal): FastifyAdapter {
  const adapter = new FastifyAdapter({
    logger: false,
    bodyLimit: bodyLimitBytes,
    requestTimeout: 15_000,
    keepAliveTimeout: 65_000,
    return503OnClosing: false,
    requestIdHeader: false,
    genReqId: requestIdOf,
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: answerUnroutable,
    routerOptions: { maxParamLength: 100 },
  });
  const server = adapter.getInstance<FastifyInstance>();
  server.addHook('onRequest', (request, reply, done) => {
    void reply.headers(securityHeaders).header('x-request-id', request.id);
    done();
  });
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (shut.aborted) void reply.header('connection', 'close');
    done(null, payload);
  });
  takeJsonOnly(server);
  takeForms(server);
  return adapter;
}
