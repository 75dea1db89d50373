import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { WsmanError } from '../wsman.errors';
import { SocketGoneError, type OneSocketAgent } from './one.socket.agent';

/** Answers end here, whatever their length is said to be. */
export const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** One request. */
export interface HttpRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** What is tried, for errors: `open a shell`. */
  readonly doing: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** A whole answer, of whatever status. Redirections are not followed. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * Posts over the agent's connection and reads the whole answer.
 * @throws SocketGoneError when nothing was sent; WsmanError NO_ANSWER, ANSWER_TOO_LARGE, ABORTED. The connection is of no
 * use after an error.
 */
export function exchange(agent: OneSocketAgent, wanted: HttpRequest): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      agent,
      method: 'POST',
      host: wanted.url.hostname,
      path: wanted.url.pathname,
      headers: { ...wanted.headers, Host: wanted.url.host, 'Content-Length': wanted.body.length },
    });
    const end = (error: Error): void => {
      stopWatching();
      reject(error);
      outgoing.destroy();
    };
    const onAbort = (): void => {
      const message = `Gave up trying to ${wanted.doing} on ${wanted.url.host}`;
      end(new WsmanError('ABORTED', message, { mayHaveActed: true, cause: wanted.signal.reason }));
    };
    const timer = setTimeout(() => {
      end(noAnswer(wanted, `nothing came for ${wanted.timeoutMs} ms`));
    }, wanted.timeoutMs);
    const stopWatching = (): void => {
      clearTimeout(timer);
      wanted.signal.removeEventListener('abort', onAbort);
    };
    wanted.signal.addEventListener('abort', onAbort, { once: true });
    outgoing.on('error', (error) => {
      end(error instanceof SocketGoneError ? error : noAnswer(wanted, codeOf(error), error));
    });
    outgoing.once('response', (incoming) => {
      collect(incoming, wanted).then((answer) => {
        stopWatching();
        resolve(answer);
      }, end);
    });
    if (wanted.signal.aborted) onAbort();
    else outgoing.end(wanted.body);
  });
}

async function collect(incoming: IncomingMessage, wanted: HttpRequest): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let size = Number(incoming.headers['content-length'] ?? 0);
  if (size > MAX_ANSWER_BYTES) throw tooLarge(wanted);
  size = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_ANSWER_BYTES) throw tooLarge(wanted);
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof WsmanError ? error : noAnswer(wanted, codeOf(error), error);
  }
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) };
}

function noAnswer({ doing, url }: HttpRequest, why: string, cause?: unknown): WsmanError {
  const message = `Unable to learn whether it was possible to ${doing} on ${url.host}: ${why}`;
  return new WsmanError('NO_ANSWER', message, { mayHaveActed: true, cause });
}

function tooLarge({ doing, url }: HttpRequest): WsmanError {
  const message = `Unable to ${doing} on ${url.host}: the answer is larger than ${MAX_ANSWER_BYTES} bytes`;
  return new WsmanError('ANSWER_TOO_LARGE', message, { mayHaveActed: true });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'connection lost';
}
