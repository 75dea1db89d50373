import { Catch, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DcmError } from '@dcm/contracts';
import type { Log } from '@dcm/runtime';
import { LOG } from '../parts';
import { toDcmError } from './framework.errors';
import { methodsOf } from './methods';
import { toProblem } from './problem.mapper';

const pathOf = (request: FastifyRequest): string => (request.raw.url ?? '/').split('?', 1)[0] ?? '/';

/** Answers every error of the HTTP door as a problem document. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOG) private readonly log: Log) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const path = pathOf(request);
    const error = this.refine(toDcmError(thrown), request, reply);
    if (error.httpStatus >= 500) this.report(error, request.id, path);
    const { problem, headers } = toProblem(error, { requestId: request.id, instance: path });
    void reply.status(problem.status).headers(headers).type('application/problem+json').send(JSON.stringify(problem));
  }

  /** An unknown method of a known path is told apart from an unknown path. */
  private refine(error: DcmError, request: FastifyRequest, reply: FastifyReply): DcmError {
    if (!request.is404) return error;
    const methods = methodsOf(pathOf(request));
    if (methods.length === 0) return error;
    void reply.header('allow', methods.join(', '));
    return new DcmError(
      'METHOD_NOT_ALLOWED',
      `Unable to ${request.method} here: the path has only ${methods.join(', ')}`,
    );
  }

  private report(error: DcmError, requestId: string, path: string): void {
    const cause = error.cause instanceof Error ? { name: error.cause.name, stack: error.cause.stack } : undefined;
    const level = error.code === 'INTERNAL' ? 'error' : 'warn';
    this.log[level]({ requestId, path, code: error.code, cause }, 'request failed');
  }
}
