import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIPv6, type LookupFunction } from 'node:net';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { Inject, Injectable } from '@nestjs/common';
import type { GatewayConfig } from '../gateway.config';
import { CONFIG } from '../parts';
import type { Attempt } from './delivery';
import { areAllowed, hostOf, refusalOf } from './destination.guard';
import { ResolverClient } from './resolver.client';
import { ForbiddenDestinationError, reasonOf, UnansweredError } from './webhook.errors';

/** What is posted. */
export interface Posting {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const maxResponseBytes = 4096;
const keptCharacters = 256;

/** Leads every connection to the addresses that were checked, whatever the name means a moment later. */
const lookupOf = (addresses: readonly string[]): LookupFunction => {
  const all = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  const [first = { address: '', family: 4 }] = all;
  return (_hostname, options, done) => {
    if (options.all === true) done(null, all);
    else done(null, first.address, first.family);
  };
};

/** The beginning of an answer; what does not come in time, or fails, is left out. */
async function beginningOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= maxResponseBytes) break;
    }
  } catch {
    // The status has been read: that is what counts.
  }
  const text = Buffer.concat(chunks).subarray(0, maxResponseBytes).toString('utf8');
  return text.replaceAll('\0', '').slice(0, keptCharacters);
}

/** Posts to endpoints of tenants: to checked addresses only, over verified TLS, without following redirects. */
@Injectable()
export class WebhookClient {
  private readonly secureContext: SecureContext;

  constructor(
    private readonly resolver: ResolverClient,
    @Inject(CONFIG) private readonly config: GatewayConfig,
  ) {
    const { DCM_WEBHOOKS_CA: own } = config;
    this.secureContext = createSecureContext({
      minVersion: 'TLSv1.2',
      ...(own !== undefined && { ca: [...rootCertificates, own] }),
    });
  }

  /** Never rejects: no answer is an attempt too. @param stop ends it early. */
  async post(posting: Posting, stop: AbortSignal): Promise<Attempt> {
    const startedAt = performance.now();
    const { signal, release } = limitOf(this.config.DCM_WEBHOOKS_TIMEOUT_MS, stop);
    try {
      return { ...(await this.answerTo(posting, signal)), durationMs: Math.round(performance.now() - startedAt) };
    } catch (error) {
      const reason = reasonOf(signal.aborted ? signal.reason : error);
      return { error: reason, durationMs: Math.round(performance.now() - startedAt) };
    } finally {
      release();
    }
  }

  private async answerTo(posting: Posting, signal: AbortSignal): Promise<Omit<Attempt, 'durationMs'>> {
    const response = await this.exchange(posting, signal);
    const { statusCode: status = 0, headers } = response;
    const retryAfter = headers['retry-after'];
    return { status, response: await beginningOf(response), ...(retryAfter !== undefined && { retryAfter }) };
  }

  private async exchange({ url: text, headers, body }: Posting, signal: AbortSignal): Promise<IncomingMessage> {
    const url = new URL(text);
    const addresses = await this.addressesOf(url, signal);
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const options: RequestOptions & { secureContext: SecureContext } = {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      // A connection of its own: one that is kept would have been opened for an earlier look-up.
      agent: false,
      lookup: lookupOf(addresses),
      secureContext: this.secureContext,
      signal,
    };
    return new Promise((resolve, reject) => {
      send(url, options).on('response', resolve).on('error', reject).end(body);
    });
  }

  private async addressesOf(url: URL, signal: AbortSignal): Promise<string[]> {
    const { DCM_WEBHOOKS_ALLOW_PRIVATE: allowPrivate } = this.config;
    const refusal = refusalOf(url, allowPrivate);
    if (refusal !== undefined) throw new ForbiddenDestinationError(`the URL ${refusal}`);
    const addresses = await until(signal, this.resolver.resolve(hostOf(url)));
    if (areAllowed(addresses, allowPrivate)) return addresses;
    throw new ForbiddenDestinationError('the name leads to an address of a private network');
  }
}

/** A signal that ends an attempt, by the clock or with the process. */
function limitOf(timeoutMs: number, stop: AbortSignal): { signal: AbortSignal; release: () => void } {
  const ending = new AbortController();
  const end = (why: string) => (): void => {
    ending.abort(new UnansweredError(why));
  };
  const timer = setTimeout(end(`no answer within ${timeoutMs} ms`), timeoutMs);
  const onStop = end('no answer before the gateway ended');
  if (stop.aborted) onStop();
  stop.addEventListener('abort', onStop, { once: true });
  return {
    signal: ending.signal,
    release: () => {
      clearTimeout(timer);
      stop.removeEventListener('abort', onStop);
    },
  };
}

/** The system's resolver cannot be interrupted, but waited for no longer. */
function until<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', stop);
    });
  });
}
