import { request, type IncomingHttpHeaders } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { actionOf, Uri, type Operation } from '../names';

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** `WSManFault/@Code`, where there is one. */
  readonly fault?: number;
}

/** What is sent, down to the byte. */
export interface RawRequest {
  readonly url: string;
  readonly ca?: string;
  readonly method?: string;
  readonly login?: string;
  readonly body?: string;
}

/** Sends one HTTP request on a connection of its own. */
export function send({ url, ca, method = 'POST', login, body = '' }: RawRequest): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const authorization =
      login === undefined ? {} : { Authorization: `Basic ${Buffer.from(login).toString('base64')}` };
    const headers = { 'Content-Type': 'application/soap+xml;charset=UTF-8', ...authorization };
    const options = { method, headers, agent: false as const, ...(ca === undefined ? {} : { ca }) };
    const outgoing = (url.startsWith('https:') ? tlsRequest : request)(url, options, (incoming) => {
      text(incoming).then((answer) => {
        const code = /<f:WSManFault [^>]*Code="(\d+)"/.exec(answer)?.[1];
        const fault = code === undefined ? {} : { fault: Number(code) };
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text: answer, ...fault });
      }, reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** An envelope as simple as the service takes it. @param body XML with the prefix `rsp` */
export function envelope(
  operation: Operation | 'Fly',
  body: string,
  more: { readonly shell?: string; readonly timeout?: string; readonly resource?: string } = {},
): string {
  const { shell, timeout = 'PT1S', resource = `${Uri.shell}/cmd` } = more;
  const selector =
    shell === undefined ? '' : `<w:SelectorSet><w:Selector Name="ShellId">${shell}</w:Selector></w:SelectorSet>`;
  const action = operation === 'Fly' ? 'urn:fly' : actionOf(operation);
  return `<s:Envelope xmlns:s="${Uri.soap}" xmlns:a="${Uri.addressing}" xmlns:w="${Uri.wsman}" xmlns:rsp="${Uri.shell}"><s:Header><a:Action>${action}</a:Action><a:MessageID>uuid:1</a:MessageID><w:ResourceURI>${resource}</w:ResourceURI><w:OperationTimeout>${timeout}</w:OperationTimeout>${selector}</s:Header><s:Body>${body}</s:Body></s:Envelope>`;
}
