import { setTimeout as sleep } from 'node:timers/promises';
import { DcmError } from '@dcm/contracts';
import createClient, { type Client } from 'openapi-fetch';
import { problemOf } from './dcm.problem';
import type { components, paths } from './generated';

/** An operation as the API answers it. */
export type Operation = components['schemas']['Operation'];

export interface DcmClientOptions {
  /** `http://host:port` of the gateway. */
  readonly baseUrl: string;
  /** `dcm_<id>_<secret>` */
  readonly token: string;
  /** Default: the global one. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * The API by its paths: `client.GET('/v1/vms/{id}', { params: { path: { id } } })`. What is not a success is thrown as `DcmProblem`,
 * so `error` of a result is never set; `dataOf` takes the data out.
 */
export interface DcmClient extends Client<paths> {
  /**
   * Asks until the operation has ended, however it ended.
   * @throws DcmError DEADLINE_EXCEEDED when it has not by then; DcmProblem as the API answers.
   */
  waitForOperation(id: string, options: WaitOptions): Promise<Operation>;
}

const firstPauseMs = 100;
const longestPauseMs = 1_000;

/**
 * The data of a successful call.
 * @throws DcmError INTERNAL for a call whose answer has none.
 */
export async function dataOf<T>(call: Promise<{ data?: T }>): Promise<T> {
  const { data } = await call;
  if (data === undefined) throw new DcmError('INTERNAL', 'Unable to take the data of an answer that has none');
  return data;
}

async function waitForOperation(client: Client<paths>, id: string, options: WaitOptions): Promise<Operation> {
  const deadline = performance.now() + options.timeoutMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
    const signal = options.signal ?? null;
    const operation = await dataOf(client.GET('/v1/operations/{id}', { params: { path: { id } }, signal }));
    if (operation.done) return operation;
    if (performance.now() + pauseMs > deadline) {
      throw new DcmError(
        'DEADLINE_EXCEEDED',
        `Unable to wait longer for operation ${id}: it is ${operation.state} after ${options.timeoutMs} ms`,
      );
    }
    await sleep(pauseMs, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
}

/** A client of the HTTP API, typed by the generated document. */
export function createDcmClient({ baseUrl, token, fetch }: DcmClientOptions): DcmClient {
  const client = createClient<paths>({
    baseUrl,
    headers: { authorization: `Bearer ${token}` },
    ...(fetch !== undefined && { fetch }),
  });
  client.use({
    onResponse: async ({ response }) => {
      if (!response.ok) throw await problemOf(response);
      return undefined;
    },
    onError: ({ error }) =>
      error instanceof DcmError
        ? error
        : new DcmError('UNAVAILABLE', `Unable to reach DCM at ${baseUrl}`, { cause: error }),
  });
  return Object.assign(client, {
    waitForOperation: (id: string, options: WaitOptions) => waitForOperation(client, id, options),
  });
}
