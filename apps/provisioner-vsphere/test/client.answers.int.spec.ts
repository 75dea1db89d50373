import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { reference, SERVICE_INSTANCE } from '../src/client/managed.object';
import { VimClient, type VimClientOptions } from '../src/client/vim.client';
import { answering, faulting, responding, ScriptedVcenter, type Reply } from './scripted.vcenter';
import { until } from './until';

const PASSWORD = 'hunter2 & <secrets>';

describe('the client, before a server that answers badly', () => {
  let server: ScriptedVcenter;
  let client: VimClient;

  async function connectTo(vcenter: ScriptedVcenter, options: Partial<VimClientOptions> = {}): Promise<void> {
    server = vcenter;
    const url = await server.listen();
    client = new VimClient({ url, username: 'dcm', password: PASSWORD, ...options });
  }

  const currentTime = (): Promise<unknown> => client.call('CurrentTime', SERVICE_INSTANCE);

  /** Fails the test when it does not fail; shows everything the error holds, for the search for secrets. */
  async function failureOf(work: Promise<unknown>): Promise<{ error: unknown; shown: string }> {
    const error = await work.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return { error, shown: inspect(error, { depth: 10, showHidden: true }) };
  }

  afterEach(async () => {
    await client.close();
    await server.close();
  });

  const hang: Reply = () => undefined;
  const reset: Reply = (response) => void response.socket?.resetAndDestroy();

  it.each<[string, Reply, object]>([
    ['is overloaded', responding(503, 'busy'), { code: 'HTTP_STATUS', httpStatus: 503 }],
    [
      'sends it elsewhere',
      responding(302, '', { Location: 'http://127.0.0.1:1/' }),
      { code: 'HTTP_STATUS', httpStatus: 302 },
    ],
    ['shows a page', responding(200, '<html>login</html>'), { code: 'NOT_SOAP', httpStatus: 200 }],
    ['shows an error page', responding(500, '<html>oops</html>'), { code: 'NOT_SOAP', httpStatus: 500 }],
    ['answers something else', responding(200, '<a/>', { 'Content-Type': 'text/xml' }), { code: 'NOT_SOAP' }],
    ['resets the connection', reset, { code: 'ECONNRESET' }],
    ['does not answer', hang, { code: 'TIMEOUT' }],
  ])('that %s, fails with an unknown outcome and without secrets', async (_, reply, expected) => {
    await connectTo(new ScriptedVcenter(), { timeoutMs: 300 });
    await currentTime();
    server.on('CurrentTime', reply);
    const { error, shown } = await failureOf(currentTime());
    expect(error).toMatchObject({
      name: 'VimTransportError',
      operation: 'CurrentTime',
      requestSent: true,
      ...expected,
    });
    expect(shown).not.toMatch(/hunter2|s3cret|envelope/i);
  });

  it('fails a login the same way, without the password', async () => {
    await connectTo(new ScriptedVcenter(), { timeoutMs: 300 });
    for (const reply of [reset, hang, responding(503), responding(200, '<a/>', { 'Content-Type': 'text/xml' })]) {
      server.on('Login', reply);
      const { error, shown } = await failureOf(currentTime());
      expect(error).toMatchObject({ name: 'VimTransportError', operation: 'Login' });
      expect(shown).not.toMatch(/hunter2|secrets/);
    }
  });

  it('sends the password whole, whatever characters it has', async () => {
    await connectTo(new ScriptedVcenter());
    await currentTime();
    const login = server.received.find(({ operation }) => operation === 'Login');
    expect(login?.body).toContain('<password>hunter2 &amp; &lt;secrets&gt;</password>');
  });

  it('leaves at once when it is aborted, and the others stay', async () => {
    await connectTo(new ScriptedVcenter());
    await currentTime();
    let answerLate = (): void => undefined;
    server.on('CurrentTime', (response, call) => {
      const previous = answerLate;
      answerLate = () => {
        previous();
        answering('<returnval>2026-01-02T03:04:05Z</returnval>')(response, call);
      };
    });
    const abort = new AbortController();
    const leaving = client.call('CurrentTime', SERVICE_INSTANCE, {}, { signal: abort.signal });
    const staying = currentTime();
    await until(() => server.count('CurrentTime') === 3);
    abort.abort();
    await expect(leaving).rejects.toMatchObject({ code: 'ABORTED', requestSent: true });
    answerLate();
    expect(await staying).toEqual(new Date('2026-01-02T03:04:05Z'));
  });

  it('lets one caller leave a login that others still wait for', async () => {
    await connectTo(new ScriptedVcenter());
    let admit = (): void => undefined;
    server.on('Login', (response, call) => {
      admit = () => {
        answering('<returnval><key>k</key></returnval>', { 'Set-Cookie': 'vmware_soap_session=a' })(response, call);
      };
    });
    const abort = new AbortController();
    const leaving = client.call('CurrentTime', SERVICE_INSTANCE, {}, { signal: abort.signal });
    const staying = currentTime();
    await until(() => server.count('Login') === 1);
    abort.abort();
    await expect(leaving).rejects.toMatchObject({ code: 'ABORTED', requestSent: false });
    admit();
    await staying;
    expect(server.count('Login')).toBe(1);
  });

  it('knows that nothing was sent when nobody listens', async () => {
    await connectTo(new ScriptedVcenter());
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, 'close');
    const lonely = new VimClient({ url: `http://127.0.0.1:${port}`, username: 'dcm', password: PASSWORD });
    await expect(lonely.content()).rejects.toMatchObject({ code: 'ECONNREFUSED', requestSent: false });
    await lonely.close();
  });

  it('connects when the server comes back, though the first attempt failed', async () => {
    await connectTo(new ScriptedVcenter());
    server.on('Login', responding(503));
    await expect(currentTime()).rejects.toMatchObject({ httpStatus: 503 });
    server.on('Login', answering('<returnval><key>k</key></returnval>', { 'Set-Cookie': 'vmware_soap_session=a' }));
    expect(await currentTime()).toBeInstanceOf(Date);
  });

  it('refuses a lone host', async () => {
    await connectTo(new ScriptedVcenter('8.0.2.0', 'HostAgent'));
    await expect(currentTime()).rejects.toMatchObject({ code: 'NOT_A_VCENTER' });
    expect(server.count('Login')).toBe(0);
  });

  it('refuses a login that gives no session', async () => {
    await connectTo(new ScriptedVcenter());
    server.on('Login', answering('<returnval><key>k</key></returnval>'));
    await expect(currentTime()).rejects.toMatchObject({ code: 'NO_SESSION_COOKIE', operation: 'Login' });
  });

  it.each([
    ['8.0.2.0', undefined, '"urn:vim25/7.0.3.0"'],
    ['6.7.3', undefined, '"urn:vim25/6.7.3"'],
    ['8.0.2.0', '8.0.1.0', '"urn:vim25/8.0.1.0"'],
  ])('speaks to a server of version %s, configured for %s, as %s', async (apiVersion, configured, soapAction) => {
    const options = configured === undefined ? {} : { apiVersion: configured };
    await connectTo(new ScriptedVcenter(apiVersion), options);
    await currentTime();
    expect(server.received.map((call) => call.soapAction)).toEqual(['"urn:vim25/6.5"', soapAction, soapAction]);
  });

  it('logs in once and repeats the call once when the session is over, not for ever', async () => {
    await connectTo(new ScriptedVcenter());
    server.on(
      'CurrentTime',
      faulting('NotAuthenticated', '<object type="A">a</object><privilegeId>System.View</privilegeId>'),
    );
    await expect(currentTime()).rejects.toMatchObject({ fault: 'NotAuthenticated' });
    expect([server.count('Login'), server.count('CurrentTime')]).toEqual([2, 2]);
    const logins = server.received.filter(({ operation }) => operation === 'Login');
    expect(logins.map(({ cookie }) => cookie)).toEqual([undefined, undefined]);
  });

  it('neither logs in nor repeats a call for what died with the session', async () => {
    await connectTo(new ScriptedVcenter());
    await currentTime();
    server.on('DestroyView', faulting('NotAuthenticated'));
    const destroy = (): Promise<unknown> =>
      client.call('DestroyView', reference('ListView', 'view-1'), {}, { isSessionBound: true });
    await expect(destroy()).rejects.toMatchObject({ fault: 'NotAuthenticated' });
    await expect(destroy()).rejects.toMatchObject({ fault: 'NotAuthenticated' });
    expect([server.count('Login'), server.count('DestroyView')]).toEqual([1, 1]);
    await currentTime();
    expect(server.count('Login')).toBe(2);
  });

  it('does not repeat such a call either when somebody else has logged in meanwhile', async () => {
    await connectTo(new ScriptedVcenter());
    await currentTime();
    let refuse = (): void => undefined;
    server.on('DestroyView', (response, call) => {
      refuse = () => {
        faulting('NotAuthenticated')(response, call);
      };
    });
    const bound = client.call('DestroyView', reference('ListView', 'view-1'), {}, { isSessionBound: true });
    const refused = expect(bound).rejects.toMatchObject({ fault: 'NotAuthenticated' });
    await until(() => server.count('DestroyView') === 1);
    server.on('CurrentTime', faulting('NotAuthenticated'));
    await expect(currentTime()).rejects.toMatchObject({ fault: 'NotAuthenticated' });
    server.on('CurrentTime', answering('<returnval>2026-01-02T03:04:05Z</returnval>'));
    await currentTime();
    refuse();
    await refused;
    expect(server.count('DestroyView')).toBe(1);
  });

  it('tries a wrong password once and then refuses by itself, until the back-off has passed', async () => {
    await connectTo(new ScriptedVcenter(), { loginBackOffMs: 300 });
    const welcome = answering('<returnval><key>k</key></returnval>', { 'Set-Cookie': 'vmware_soap_session=a' });
    server.on('Login', faulting('InvalidLogin'));
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, currentTime));
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(10);
    await expect(currentTime()).rejects.toMatchObject({ fault: 'InvalidLogin', explanation: 'scripted' });
    expect(server.count('Login')).toBe(1);
    server.on('Login', welcome);
    await until(async () => (await failureOf(currentTime())).error === undefined);
    expect(server.count('Login')).toBe(2);
  });

  it('pages through what the server hands out in pieces', async () => {
    await connectTo(new ScriptedVcenter());
    const object = (id: number): string =>
      `<objects><obj type="VirtualMachine">vm-${id}</obj><propSet><name>name</name>` +
      `<val xsi:type="xsd:string">n${id}</val></propSet></objects>`;
    server.on('RetrievePropertiesEx', answering(`<returnval><token>t</token>${object(1)}${object(2)}</returnval>`));
    server.on('ContinueRetrievePropertiesEx', answering(`<returnval>${object(3)}</returnval>`));
    const found = await client.properties.inventory({ VirtualMachine: ['name'] });
    expect(found.map(({ ref, properties }) => [ref.value, properties['name']])).toEqual([
      ['vm-1', 'n1'],
      ['vm-2', 'n2'],
      ['vm-3', 'n3'],
    ]);
  });

  it('keeps to its limit of calls at once, and serves the rest in turn', async () => {
    await connectTo(new ScriptedVcenter(), { maxConcurrent: 3 });
    await currentTime();
    const waiting: (() => void)[] = [];
    server.on('CurrentTime', (response, call) => {
      waiting.push(() => {
        answering('<returnval>2026-01-02T03:04:05Z</returnval>')(response, call);
      });
    });
    const calls = Array.from({ length: 7 }, currentTime);
    let most = 0;
    const all = Promise.all(calls);
    let served = 0;
    while (served < 7) {
      await until(() => waiting.length >= Math.min(3, 7 - served));
      most = Math.max(most, waiting.length);
      served += waiting.length;
      for (const answer of waiting.splice(0)) answer();
    }
    expect(await all).toHaveLength(7);
    expect(most).toBe(3);
  });

  it('says goodbye with its cookie, and is of no use afterwards', async () => {
    await connectTo(new ScriptedVcenter());
    await currentTime();
    await client.close();
    expect(server.received.at(-1)).toMatchObject({ operation: 'Logout', cookie: 'vmware_soap_session="s3cret-1"' });
    await expect(currentTime()).rejects.toMatchObject({ code: 'CLIENT_CLOSED', requestSent: false });
  });

  it.each([
    ['not a URL', 'nonsense'],
    ['with credentials in it', 'https://dcm:hunter2@vcenter.test/sdk'],
    ['without encryption', 'http://vcenter.test/sdk'],
  ])('refuses an address %s, without repeating it', async (_, url) => {
    await connectTo(new ScriptedVcenter());
    const create = (): VimClient => new VimClient({ url, username: 'dcm', password: PASSWORD });
    expect(create).toThrow(/^Unable to use url/);
    expect(create).not.toThrow(/hunter2/);
  });
});
