import { HttpException } from '@nestjs/common';
import { DcmError, type ErrorCode } from '@dcm/contracts';
import { isInfrastructureError } from '@dcm/messaging';

/** What fastify and Nest answer themselves, by HTTP status; 414 is a path segment longer than any id. */
const codeOfStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'INVALID_REQUEST',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'PAYLOAD_TOO_LARGE',
  414: 'NOT_FOUND',
  415: 'UNSUPPORTED_MEDIA_TYPE',
};

const messageOf: Partial<Record<ErrorCode, string>> = {
  INVALID_REQUEST: 'Unable to read the request: it is malformed',
  NOT_FOUND: 'Unable to find what the path names: there is no such route',
  PAYLOAD_TOO_LARGE: 'Unable to take the body: it is larger than 64 KiB',
  UNSUPPORTED_MEDIA_TYPE: 'Unable to take the body: its media type is not application/json',
};

const statusOf = (error: unknown): number | undefined => {
  if (error instanceof HttpException) return error.getStatus();
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : undefined;
};

/** Our own error, wherever a framework wrapped it. */
const ownError = (error: unknown): DcmError | undefined => {
  if (error instanceof DcmError) return error;
  return error instanceof HttpException && error.cause instanceof DcmError ? error.cause : undefined;
};

/** Turns whatever a handler, a framework or a driver threw into an error of the table; a defect stays a defect. */
export function toDcmError(error: unknown): DcmError {
  const own = ownError(error);
  if (own !== undefined) return own;
  const code = codeOfStatus[statusOf(error) ?? 0];
  if (code !== undefined)
    return new DcmError(code, messageOf[code] ?? 'Unable to answer the request', { cause: error });
  if (isInfrastructureError(error)) {
    return new DcmError('UNAVAILABLE', 'Unable to answer now: a part of DCM is not reachable', { cause: error });
  }
  return new DcmError('INTERNAL', 'Unable to answer: a defect in DCM', { cause: error });
}
