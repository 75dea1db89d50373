import { createClientAsync, type Client, type IHttpClient } from 'soap';
import { decode } from './decoder';
import type { Exchange, SoapTransport } from './http.transport';
import { isRecord, readRecord } from './reader';
import { decodeLong } from './scalar';
import { VIM25 } from './schema';
import { faultFromSoap, VimTransportError } from './vim.errors';
import { buildWsdl } from './wsdl';

/** The oldest API version that DCM speaks; every vCenter since 6.5 accepts calls of this version. */
export const OLDEST_API_VERSION = '6.5';

const WSDL = buildWsdl(VIM25, OLDEST_API_VERSION);

type SoapMethod = (body: { _xml: string }, options: { exchange: Exchange }) => Promise<readonly unknown[]>;

/** npm soap around our transport: envelope and SOAPAction out, typed data or a fault back. */
export class SoapClient {
  private constructor(
    private readonly client: Client,
    private readonly transport: SoapTransport,
  ) {}

  /** Parses the WSDL (once per process) and binds it to a transport; does no I/O. */
  static async create(url: URL, transport: SoapTransport): Promise<SoapClient> {
    const client = await createClientAsync(WSDL, {
      endpoint: url.href,
      httpClient: adapt(transport),
      customDeserializer: { long: decodeLong },
    });
    return new SoapClient(client, transport);
  }

  /** Sets the API version of all later calls, such as `7.0.3.0`. */
  speak(apiVersion: string): void {
    this.client.setSOAPAction(`urn:vim25/${apiVersion}`);
  }

  /**
   * Makes one call.
   * @param body the operation's element, as `encodeRequest` wrote it
   * @returns the decoded `returnval`; undefined when the operation returned nothing
   * @throws VimFault, VimTransportError
   */
  async send(body: string, exchange: Exchange): Promise<unknown> {
    try {
      const [result] = await this.invoke(body, exchange);
      return decode(returnValue(result, exchange.operation)) ?? undefined;
    } catch (error) {
      throw this.wrap(error, exchange);
    } finally {
      this.forget();
    }
  }

  /** Closes all connections. */
  close(): void {
    this.transport.close();
  }

  private invoke(body: string, exchange: Exchange): Promise<readonly unknown[]> {
    const methods = this.client as unknown as Record<string, SoapMethod>;
    const method = methods[`${exchange.operation}Async`];
    if (!method) throw new Error(`The WSDL has no operation ${exchange.operation}`);
    const answer = method({ _xml: body }, { exchange });
    this.forget();
    return answer;
  }

  /** npm soap keeps the last request and answer for debugging; at Login the request holds the password. */
  private forget(): void {
    delete this.client.lastMessage;
    delete this.client.lastRequest;
    this.client.lastResponse = undefined;
  }

  private wrap(error: unknown, exchange: Exchange): Error {
    if (error instanceof VimTransportError) return error;
    const envelope = isRecord(error) ? readRecord(readRecord(error['root'])['Envelope']) : {};
    const fault = faultFromSoap(decode(readRecord(envelope['Body'])['Fault']), exchange.operation);
    return fault ?? new VimTransportError('NOT_SOAP', exchange.operation, { requestSent: true });
  }
}

/**
 * npm soap gives null for an empty `XResponse`, and whatever it found when there is no `XResponse` at all. The second
 * must never pass for "nothing found".
 */
function returnValue(result: unknown, operation: string): unknown {
  if (result === null) return undefined;
  if (isRecord(result) && 'returnval' in result) return result['returnval'];
  throw new VimTransportError('NOT_SOAP', operation, { requestSent: true });
}

function adapt(transport: SoapTransport): IHttpClient {
  const request = (...[, envelope, callback, headers, options]: Parameters<IHttpClient['request']>): Promise<void> => {
    const { exchange } = options as { exchange: Exchange };
    return transport
      .post(envelope as string, headers ?? {}, exchange)
      .then((body) => void callback(null, { status: 200, headers: {} }, body))
      .catch((error: unknown) => void callback(error));
  };
  // npm soap uses the callback only; the promise it types is axios's.
  return { request: request as unknown as IHttpClient['request'] };
}
