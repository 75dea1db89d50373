import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import {
  alterAnswer,
  alterRequest,
  cutAfter,
  delay,
  delayAnswer,
  dropAfter,
  dropBefore,
  hang,
  HttpFaultProxy,
  reply,
  restOperation,
  selfSigned,
  slow,
  soapOperation,
  status,
} from '../faults';
import { until } from './until';

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
}

const agent = new Agent({ keepAlive: true });

/** A request as an impatient client sends it. */
async function call(
  url: URL,
  path: string,
  options: { body?: string; timeoutMs?: number; ca?: string } = {},
): Promise<Answer> {
  const { body, timeoutMs = 5_000, ca } = options;
  const signal = AbortSignal.timeout(timeoutMs);
  const method = body === undefined ? 'GET' : 'POST';
  const target = new URL(path, url);
  const outgoing =
    url.protocol === 'https:'
      ? httpsRequest(target, { method, signal, agent: false, ...(ca !== undefined && { ca }) })
      : request(target, { method, signal, agent });
  outgoing.end(body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return { status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8'), headers: answer.headers };
}

describe('the fault proxy before an HTTP server', () => {
  const seen: string[] = [];
  let server: Server;
  let proxy: HttpFaultProxy;
  const get = (path: string, timeoutMs?: number): Promise<Answer> =>
    call(proxy.url, path, { ...(timeoutMs !== undefined && { timeoutMs }) });

  beforeAll(async () => {
    server = createServer((incoming, outgoing) => {
      seen.push(`${incoming.method ?? ''} ${incoming.url ?? ''}`);
      const { cookie = 'none' } = incoming.headers;
      incoming.resume().once('end', () => {
        outgoing.setHeader('set-cookie', ['a=1', 'b=2']).end(`hello, ${cookie}`);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  beforeEach(async () => {
    seen.length = 0;
    const { port } = server.address() as AddressInfo;
    proxy = await HttpFaultProxy.listen({ target: `http://127.0.0.1:${port}/base`, operationOf: restOperation });
  });
  afterEach(() => proxy.close());

  afterAll(() => {
    agent.destroy();
    server.closeAllConnections();
    server.close();
  });

  it('passes on what no rule is for, and keeps a record of it', async () => {
    expect(proxy.url.pathname).toBe('/base');
    proxy.add(dropBefore(), { operation: /^POST/ });
    expect(await get('/a?x=1')).toMatchObject({
      status: 200,
      body: 'hello, none',
      headers: { 'set-cookie': ['a=1', 'b=2'] },
    });
    expect(seen).toEqual(['GET /a?x=1']);
    expect(proxy.calls).toEqual([{ operation: 'GET /a', hasReached: true, status: 200, faults: [] }]);
  });

  it('drops a call before it reaches the server, as often as it is told to, and then no more', async () => {
    const rule = proxy.add(dropBefore(), { operation: 'GET /a', skip: 1, times: 2 });
    await get('/a');
    await expect(get('/a')).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(get('/a')).rejects.toMatchObject({ code: 'ECONNRESET' });
    await get('/b');
    await get('/a');
    expect(seen).toEqual(['GET /a', 'GET /b', 'GET /a']);
    expect(rule.hits).toBe(2);
    expect(proxy.calls[1]).toEqual({ operation: 'GET /a', hasReached: false, status: null, faults: ['drop before'] });
  });

  it('drops the answer to a call whose effect has happened', async () => {
    proxy.add(dropAfter(), { times: 1 });
    await expect(get('/a')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(seen).toEqual(['GET /a']);
    expect(proxy.reached).toEqual(['GET /a']);
    expect((await get('/a')).status).toBe(200);
  });

  it('lets calls hang until the rule is removed, and sends none whose caller has gone', async () => {
    const rule = proxy.add(hang());
    await expect(get('/impatient', 50)).rejects.toMatchObject({ name: 'AbortError' });
    const patient = get('/patient');
    await until(() => proxy.calls.length === 2);
    expect(seen).toEqual([]);
    rule.remove();
    expect((await patient).status).toBe(200);
    expect(seen).toEqual(['GET /patient']);
  });

  it('delays a call, or its answer only', async () => {
    const before = proxy.add(delay(200));
    const late = get('/late');
    await until(() => proxy.calls.length === 1);
    expect(seen).toEqual([]);
    await late;
    before.remove();
    proxy.add(delayAnswer(200));
    const answer = get('/answered-late');
    await until(() => seen.length === 2);
    expect(proxy.calls[1]?.status).toBe(null);
    await answer;
  });

  it('answers in the place of the server with a status and its headers, or with what a function says', async () => {
    const busy = proxy.add(status(503, { 'retry-after': '7' }, 'busy'));
    expect(await get('/a')).toMatchObject({ status: 503, body: 'busy', headers: { 'retry-after': '7' } });
    busy.remove();
    proxy.add(
      reply('no tea', ({ path }) =>
        path === '/tea' ? { status: 418, headers: {}, body: Buffer.from('teapot') } : undefined,
      ),
    );
    expect(await get('/tea')).toMatchObject({ status: 418, body: 'teapot' });
    expect(await get('/coffee')).toMatchObject({ status: 200 });
    expect(seen).toEqual(['GET /coffee']);
  });

  it('alters requests and answers', async () => {
    proxy.add(alterRequest(({ headers }) => ({ headers: { ...headers, cookie: 'altered=1' } })));
    proxy.add(alterAnswer((operation, body) => `${operation}: ${body.toUpperCase()}`));
    expect((await get('/a')).body).toBe('GET /a: HELLO, ALTERED=1');
  });

  it('cuts an answer after so many bytes', async () => {
    proxy.add(cutAfter(5));
    const outgoing = request(new URL('/a', proxy.url), { agent: false }).end();
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    let received = '';
    const broken = (async () => {
      for await (const chunk of answer) received += String(chunk);
    })();
    await expect(broken).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(received).toBe('hello');
    expect(answer.headers['content-length']).toBe('11');
  });

  it('lets an answer trickle', async () => {
    proxy.add(slow({ bytes: 4, everyMs: 50 }));
    const startedAt = performance.now();
    expect((await get('/a')).body).toBe('hello, none');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(140);
  });

  it('composes rules in their order, lists them, and forgets those that are removed', async () => {
    proxy.add(slow({ bytes: 100, everyMs: 1 }));
    const lost = proxy.add(dropAfter(), { operation: /a$/, times: 1 });
    const other = proxy.add(status(500));
    expect(proxy.rules.map(String)).toEqual([
      'slow, 100 bytes every 1 ms, 0',
      'drop after /a$/, 0 of 1',
      'status 500, 0',
    ]);
    await expect(get('/a')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(proxy.calls[0]?.faults).toEqual(['slow, 100 bytes every 1 ms', 'drop after', 'status 500']);
    lost.remove();
    other.remove();
    expect(proxy.rules).toHaveLength(1);
    expect((await get('/a')).status).toBe(200);
    expect(() => proxy.add(hang(), { operation: /x/g })).toThrow(/global/);
  });

  it('speaks TLS with a certificate of its own, and verifies that of the server', async () => {
    const theirs = selfSigned();
    const tlsServer = createTlsServer(theirs, (_, outgoing) => outgoing.end('secret')).listen(0, '127.0.0.1');
    await once(tlsServer, 'listening');
    const target = `https://127.0.0.1:${(tlsServer.address() as AddressInfo).port}`;
    const tls = selfSigned();
    expect(tls.sha256).not.toBe(theirs.sha256);
    const options = { target, operationOf: restOperation, tls };
    const trusting = await HttpFaultProxy.listen({ ...options, upstream: { ca: theirs.cert } });
    const blind = await HttpFaultProxy.listen({ ...options, upstream: 'unverified' });
    const deceived = await HttpFaultProxy.listen({ ...options, upstream: { ca: tls.cert } });
    try {
      expect((await call(trusting.url, '/', { ca: tls.cert })).body).toBe('secret');
      expect((await call(blind.url, '/', { ca: tls.cert })).body).toBe('secret');
      await expect(call(deceived.url, '/', { ca: tls.cert })).rejects.toMatchObject({ code: 'ECONNRESET' });
      await expect(call(trusting.url, '/', { ca: theirs.cert })).rejects.toMatchObject({
        code: expect.stringMatching(/CERT|VERIFY|SIGNATURE/) as string,
      });
    } finally {
      await Promise.all([trusting.close(), blind.close(), deceived.close()]);
      tlsServer.closeAllConnections();
      tlsServer.close();
    }
  });

  it('breaks the connections below the calls: refused, half-open, silently gone', async () => {
    const admit = proxy.connections.refuseConnections();
    await expect(call(proxy.url, '/a')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await admit();
    expect((await get('/a')).status).toBe(200);
    proxy.connections.freeze();
    await expect(get('/b', 100)).rejects.toMatchObject({ name: 'AbortError' });
    expect((await get('/c')).status).toBe(200);
    expect(seen).toEqual(['GET /a', 'GET /c']);
  });

  it('reads the operation of a SOAP call from its body', async () => {
    const { port } = server.address() as AddressInfo;
    const soap = await HttpFaultProxy.listen({ target: `http://127.0.0.1:${port}/sdk`, operationOf: soapOperation });
    const body =
      '<s:Envelope xmlns:s="x"><s:Header/><s:Body>\n <v:CloneVM_Task xmlns:v="urn:vim25"/></s:Body></s:Envelope>';
    await call(soap.url, '/sdk', { body });
    await call(soap.url, '/sdk', { body: 'no soap' });
    expect(soap.calls.map(({ operation }) => operation)).toEqual(['CloneVM_Task', '']);
    await soap.close();
  });
});
