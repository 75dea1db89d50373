import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as the server got it. */
export interface ReceivedCall {
  readonly operation: string;
  readonly body: string;
  readonly soapAction: string | undefined;
  readonly cookie: string | undefined;
}

/** Answers one call; to leave the response open is to hang. */
export type Reply = (response: ServerResponse, call: ReceivedCall) => void;

const CONTENT_TYPE = { 'Content-Type': 'text/xml; charset=utf-8' };

/** Answers with the content of a SOAP body. */
export function answering(body: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return (response, { operation }) => {
    const answer = `<${operation}Response xmlns="urn:vim25">${body}</${operation}Response>`;
    response.writeHead(200, { ...CONTENT_TYPE, ...headers }).end(envelope(answer));
  };
}

/** Answers with a vim25 fault. */
export function faulting(type: string, fields = ''): Reply {
  return (response) => {
    const detail = `<${type}Fault xmlns="urn:vim25" xsi:type="${type}">${fields}</${type}Fault>`;
    const fault = `<faultcode>ServerFaultCode</faultcode><faultstring>scripted</faultstring><detail>${detail}</detail>`;
    response.writeHead(500, CONTENT_TYPE).end(envelope(`<soapenv:Fault>${fault}</soapenv:Fault>`));
  };
}

/** Answers with a plain HTTP response. */
export function responding(status: number, text = '', headers: Readonly<Record<string, string>> = {}): Reply {
  return (response) => {
    response.writeHead(status, { 'Content-Type': 'text/html', ...headers }).end(text);
  };
}

/** A server that answers vim25 calls as a test says, for what no simulator can be made to do. */
export class ScriptedVcenter {
  readonly received: ReceivedCall[] = [];
  private readonly replies = new Map<string, Reply>();
  private server: Server | undefined;

  /** @param apiVersion what the server says of itself @param apiType `VirtualCenter` or `HostAgent` */
  constructor(apiVersion = '8.0.2.0', apiType = 'VirtualCenter') {
    const names = ['propertyCollector', 'sessionManager', 'searchIndex'];
    const references = names.map((name) => `<${name} type="${name}">${name}</${name}>`).join('');
    const about =
      '<about><name>x</name><fullName>Scripted</fullName><version>8</version><build>1</build>' +
      `<apiType>${apiType}</apiType><apiVersion>${apiVersion}</apiVersion></about>`;
    const root = '<rootFolder type="Folder">group-d1</rootFolder>';
    this.on('RetrieveServiceContent', answering(`<returnval>${root}${references}${about}</returnval>`));
    this.on(
      'Login',
      answering('<returnval><key>key-1</key></returnval>', { 'Set-Cookie': 'vmware_soap_session="s3cret-1"' }),
    );
    this.on('Logout', answering(''));
    this.on('CurrentTime', answering('<returnval>2026-01-02T03:04:05Z</returnval>'));
  }

  /** Says how an operation is answered from now on. */
  on(operation: string, reply: Reply): void {
    this.replies.set(operation, reply);
  }

  /** Listens on a free loopback port. @returns the SDK's URL */
  async listen(): Promise<string> {
    this.server = createServer((request, response) => void this.serve(request, response));
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/sdk`;
  }

  /** How often an operation was called. */
  count(operation: string): number {
    return this.received.filter((call) => call.operation === operation).length;
  }

  /** Stops, with all connections. */
  async close(): Promise<void> {
    if (!this.server) return;
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const operation = /<soap:Body><(\w+)/.exec(body)?.[1] ?? '';
    const { cookie, soapaction } = request.headers;
    const call = { operation, body, cookie, soapAction: typeof soapaction === 'string' ? soapaction : undefined };
    this.received.push(call);
    (this.replies.get(operation) ?? responding(404))(response, call);
  }
}

function envelope(body: string): string {
  return (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" ' +
    'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">' +
    `<soapenv:Body>${body}</soapenv:Body></soapenv:Envelope>`
  );
}
