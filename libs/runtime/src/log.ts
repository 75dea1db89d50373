import type { LoggerService } from '@nestjs/common';
import { pino, type Logger } from 'pino';

/** Structured log: `log.info({ operationId }, 'text')`. */
export type Log = Logger;

const secrets = [
  'password',
  'adminPassword',
  'secret',
  'token',
  'authorization',
  'cookie',
  'userData',
  'privateKey',
  'sealingKey',
  'dcmrequester',
];

/** JSON lines on stdout. Fields with a secret's name are redacted three levels deep. Level by `LOG_LEVEL`, default info. */
export function createLog(name: string, level = process.env['LOG_LEVEL'] ?? 'info'): Log {
  const paths = secrets.flatMap((key) => [key, `*.${key}`, `*.*.${key}`, `*.*.*.${key}`]);
  return pino({
    name,
    level,
    redact: { paths, censor: '[redacted]' },
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
  });
}

/** Nest's own messages in our log; its start-up chatter is debug. */
export function nestLogger(log: Log): LoggerService {
  const text = (message: unknown): string => (typeof message === 'string' ? message : JSON.stringify(message));
  return {
    log: (message: unknown) => {
      log.debug(text(message));
    },
    error: (message: unknown, stack?: unknown) => {
      log.error({ stack }, text(message));
    },
    warn: (message: unknown) => {
      log.warn(text(message));
    },
    debug: (message: unknown) => {
      log.debug(text(message));
    },
    verbose: (message: unknown) => {
      log.trace(text(message));
    },
  };
}
