import type { Endpoint } from './endpoint';
import { PveRefusal, PveTransportError, saysNoQuorum } from './pve.errors';
import type { PveRequest } from './pve.request';
import { STALE_CONNECTION } from './pve.transport';

/** One try of a call at one endpoint. @param isFresh whether it must not use a connection that was idle */
export type Try = (endpoint: Endpoint, isFresh: boolean, hasOthers: boolean) => Promise<unknown>;

/** A call that three nodes could not serve is not served by a fourth. */
const MAX_TRIES = 3;

/** Codes after which the endpoint was heard and only the call failed. */
const ANSWERED = new Set([
  'ABORTED',
  'ANSWER_TOO_LARGE',
  'BACKEND_SILENT',
  'CLIENT_CLOSED',
  'HTTP_STATUS',
  'SECOND_FACTOR',
  'UNEXPECTED_ANSWER',
  STALE_CONNECTION,
]);

/**
 * The nodes through which a cluster is reached. Any of them serves every call; a call goes to the node that is to carry
 * it out where that one is among them, else to the first that answers.
 */
export class EndpointRing {
  /** @param endpoints at least one, the most wanted first */
  constructor(readonly endpoints: readonly Endpoint[]) {}

  /**
   * Makes a call at one endpoint after the other until one serves it. What may have changed something is not made again.
   * @throws PveRefusal, PveTransportError of the try that tells most
   */
  async run(request: PveRequest, preferred: string | undefined, attempt: Try): Promise<unknown> {
    const failures: (PveRefusal | PveTransportError)[] = [];
    const candidates = this.order(preferred ?? request.node);
    for (const [index, endpoint] of candidates.entries()) {
      try {
        return await this.tryAt(endpoint, request, (isFresh) =>
          attempt(endpoint, isFresh, index + 1 < candidates.length),
        );
      } catch (error) {
        if (!mayGoElsewhere(error, request)) throw error;
        failures.push(error);
      }
    }
    throw mostTelling(failures);
  }

  /** Whether any endpoint answered its last call; true before the first. */
  get isReachable(): boolean {
    return this.endpoints.some(({ isHealthy }) => isHealthy);
  }

  /** Closes all connections. */
  close(): void {
    for (const endpoint of this.endpoints) endpoint.close();
  }

  private order(preferred: string | undefined): Endpoint[] {
    const wanted = this.endpoints.filter(({ node }) => node === preferred);
    const all = [...wanted, ...this.endpoints.filter(({ node }) => node !== preferred)];
    const promising = all.filter((endpoint) => endpoint.isPromising());
    return [...promising, ...all.filter((endpoint) => !promising.includes(endpoint))].slice(0, MAX_TRIES);
  }

  private async tryAt(
    endpoint: Endpoint,
    request: PveRequest,
    attempt: (isFresh: boolean) => Promise<unknown>,
  ): Promise<unknown> {
    try {
      const answer = await attempt(false).catch((error: unknown) => {
        if (!isStale(error) || !request.isRepeatable) throw error;
        return attempt(true);
      });
      endpoint.noteAnswer();
      return answer;
    } catch (error) {
      if (blames(error, endpoint, request)) endpoint.noteFailure();
      else if (error instanceof PveRefusal) endpoint.noteAnswer();
      throw error;
    }
  }
}

const isStale = (error: unknown): boolean => error instanceof PveTransportError && error.code === STALE_CONNECTION;

/** Whether a failure speaks against the endpoint, rather than against the node behind it or the call. */
function blames(error: unknown, endpoint: Endpoint, request: PveRequest): boolean {
  if (!(error instanceof PveTransportError)) return false;
  if (ANSWERED.has(error.code)) return false;
  const isOwn = request.node === undefined || request.node === endpoint.node;
  if (error.code === 'NODE_UNREACHABLE') return isOwn;
  // A change may take its time.
  return error.code === 'TIMEOUT' ? isOwn && request.isRepeatable : true;
}

function mayGoElsewhere(error: unknown, request: PveRequest): error is PveRefusal | PveTransportError {
  if (error instanceof PveRefusal) return saysNoQuorum(error.text);
  if (!(error instanceof PveTransportError) || isFinal(error)) return false;
  return request.isRepeatable || !error.mayHaveRun;
}

/** The caller withdrew or its time was up before the call could be made, or the answer says all there is to say. */
const FINAL = new Set(['ABORTED', 'ANSWER_TOO_LARGE', 'CLIENT_CLOSED', 'SECOND_FACTOR', 'UNEXPECTED_ANSWER']);
const isFinal = ({ code }: PveTransportError): boolean => FINAL.has(code);

/** What a node said tells more than that another did not answer. */
function mostTelling(failures: readonly (PveRefusal | PveTransportError)[]): PveRefusal | PveTransportError {
  const isTelling = (error: PveRefusal | PveTransportError): boolean =>
    error instanceof PveRefusal || error.httpStatus !== undefined;
  const telling = failures.find(isTelling) ?? failures[0];
  return telling ?? new PveTransportError('NODE_UNREACHABLE', 'any call', { mayHaveRun: false });
}
