import { setTimeout as sleep } from 'node:timers/promises';
import type { NamedFault } from './rules';

/** A request as it came. */
export interface HttpCall {
  /** As the platform's protocol names it: `soapOperation`, `restOperation` or a function of one's own. */
  readonly operation: string;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** Aborts when the caller has gone. */
  readonly gone: AbortSignal;
}

/** An answer that has not been sent yet; `delivery` says how it will be. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  readonly delivery?: { readonly cutAfterBytes?: number; readonly slowly?: Pace };
}

/** So many bytes every so many milliseconds. */
export interface Pace {
  readonly bytes: number;
  readonly everyMs: number;
}

export type Next = (changed?: Partial<HttpCall>) => Promise<HttpAnswer>;

/** Stands between a caller and what comes next: the next fault, at last the server. */
export interface HttpFault extends NamedFault {
  /** @throws Dropped when the caller is to see a broken connection. */
  apply(call: HttpCall, next: Next): Promise<HttpAnswer>;
}

/** The connection breaks instead of an answer. */
export class Dropped extends Error {
  constructor() {
    super('the connection was dropped');
    this.name = 'Dropped';
  }
}

/** The call reaches the server later. */
export const delay = (ms: number): HttpFault => ({
  name: `delay ${ms} ms`,
  apply: async (call, next) => {
    await sleep(ms, undefined, { signal: call.gone }).catch(() => {
      throw new Dropped();
    });
    return next();
  },
});

/** The server answers later: the effect comes at once. */
export const delayAnswer = (ms: number): HttpFault => ({
  name: `delay the answer ${ms} ms`,
  apply: async (_call, next) => {
    const answer = await next();
    await sleep(ms);
    return answer;
  },
});

/** The call waits, and reaches the server when the rule is removed, unless the caller has gone by then. */
export function hang(): HttpFault {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return {
    name: 'hang',
    release,
    apply: async (call, next) => {
      await released;
      if (call.gone.aborted) throw new Dropped();
      return next();
    },
  };
}

/** The connection breaks, and the server never hears of the call. */
export const dropBefore = (): HttpFault => ({ name: 'drop before', apply: () => Promise.reject(new Dropped()) });

/** The effect has happened, and the answer is lost with the connection. */
export const dropAfter = (): HttpFault => ({
  name: 'drop after',
  apply: async (_call, next) => {
    await next();
    throw new Dropped();
  },
});

/** Answers with a status in the server's place. */
export const status = (code: number, headers: Record<string, string> = {}, body = ''): HttpFault => ({
  name: `status ${code}`,
  apply: () => Promise.resolve({ status: code, headers, body: Buffer.from(body) }),
});

/** Answers in the server's place when the function gives an answer; otherwise the call goes on. */
export const reply = (name: string, answerOf: (call: HttpCall) => HttpAnswer | undefined): HttpFault => ({
  name,
  apply: async (call, next) => answerOf(call) ?? (await next()),
});

/** The server gets another request than was sent. */
export const alterRequest = (change: (call: HttpCall) => Partial<HttpCall>): HttpFault => ({
  name: 'alter the request',
  apply: (call, next) => next(change(call)),
});

/** The caller gets another body than was answered. */
export const alterAnswer = (change: (operation: string, body: string) => string): HttpFault => ({
  name: 'alter the answer',
  apply: async ({ operation }, next) => {
    const answer = await next();
    return { ...answer, body: Buffer.from(change(operation, answer.body.toString('utf8'))) };
  },
});

/** The connection breaks after so many bytes of the answer's body; its length is announced in full. */
export const cutAfter = (bytes: number): HttpFault => ({
  name: `cut after ${bytes} bytes`,
  apply: async (_call, next) => {
    const answer = await next();
    return { ...answer, delivery: { ...answer.delivery, cutAfterBytes: bytes } };
  },
});

/** The answer's body trickles. */
export const slow = (pace: Pace): HttpFault => ({
  name: `slow, ${pace.bytes} bytes every ${pace.everyMs} ms`,
  apply: async (_call, next) => {
    const answer = await next();
    return { ...answer, delivery: { ...answer.delivery, slowly: pace } };
  },
});
