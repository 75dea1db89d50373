import { connect } from 'node:tls';
import { SERVICE_INSTANCE } from '../src/client/managed.object';
import type { TlsTrust } from '@dcm/connection';
import type { VimClient } from '../src/client/vim.client';
import { cloneOf, findPlaces, required, run, Site, START_TIMEOUT_MS } from './site';
import { until } from './until';

const now = (client: VimClient): Promise<unknown> => client.call('CurrentTime', SERVICE_INSTANCE);

describe('the client, before a simulated vCenter', () => {
  let site: Site;

  beforeAll(async () => {
    site = await Site.start({ taskDelaysMs: { CloneVM_Task: 400 } });
  }, START_TIMEOUT_MS);

  afterEach(() => site.release());
  afterAll(() => site.vcsim.stop());

  describe('connecting', () => {
    it('logs in once for ten first calls at once', async () => {
      const client = site.client();
      const times = await Promise.all(Array.from({ length: 10 }, () => now(client)));
      expect(times.every((time) => time instanceof Date)).toBe(true);
      expect([site.count('RetrieveServiceContent'), site.count('Login')]).toEqual([1, 1]);
    });

    it('does nothing before the first call, and logs out at the end', async () => {
      const client = site.client();
      expect(site.operations).toEqual([]);
      const { about } = await client.content();
      expect(about.apiVersion).toMatch(/^\d+\.\d/);
      expect(site.operations).toEqual(['RetrieveServiceContent']);
      const key = await client.sessionKey();
      await client.close();
      const observer = site.client();
      expect(await isActive(observer, key)).toBe(false);
    });

    it('says that the password is wrong, and does not ask again', async () => {
      const client = site.client({ password: 'wrong' });
      await expect(now(client)).rejects.toMatchObject({ fault: 'InvalidLogin' });
      await expect(now(client)).rejects.toMatchObject({ fault: 'InvalidLogin' });
      expect(site.count('Login')).toBe(1);
    });

    it('reports size and time of each exchange', async () => {
      const exchanges: unknown[] = [];
      const client = site.client({ onExchange: (...exchange) => exchanges.push(exchange) });
      await client.content();
      expect(exchanges).toEqual([['RetrieveServiceContent', expect.any(Number), expect.any(Number)]]);
      const [, ms, bytes] = exchanges[0] as [string, number, number];
      expect(ms).toBeGreaterThan(0);
      expect(bytes).toBeGreaterThan(1_000);
    });
  });

  describe('verifying the server', () => {
    const fingerprint = (): Promise<string> => {
      const { hostname: host, port } = new URL(site.vcsim.url);
      return new Promise((resolve, reject) => {
        const socket = connect({ host, port: Number(port), rejectUnauthorized: false }, () => {
          resolve(socket.getPeerCertificate().fingerprint256);
          socket.destroy();
        });
        socket.on('error', reject);
      });
    };

    it('accepts the certificate that is pinned, in either notation', async () => {
      const pin = await fingerprint();
      for (const pinSha256 of [pin, pin.replaceAll(':', '').toLowerCase()]) {
        expect(await now(site.client({ tls: { pinSha256 } }))).toBeInstanceOf(Date);
      }
    });

    it.each<[string, () => TlsTrust, string]>([
      ['another pin', () => ({ pinSha256: 'ab'.repeat(32) }), 'TLS_PIN_MISMATCH'],
      ['no authority of its own', () => ({}), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ])('refuses it with %s, before a byte of a request is sent', async (_, tls, code) => {
      const relay = await site.relay();
      const { url } = relay;
      await shakeHands(url);
      const handshakeBytes = relay.sentBytes;
      await expect(now(site.client({ url, tls: tls() }))).rejects.toMatchObject({ code, requestSent: false });
      expect(relay.connections).toBe(2);
      expect(relay.sentBytes - handshakeBytes).toBeLessThanOrEqual(handshakeBytes + 100);
    });

    (process.platform === 'linux' ? it : it.skip)('refuses a certificate for another name', async () => {
      const { url } = await site.relay('127.0.0.2');
      const client = site.client({ url });
      const expected = { code: 'ERR_TLS_CERT_ALTNAME_INVALID', requestSent: false };
      await expect(now(client)).rejects.toMatchObject(expected);
    });

    it('calls the outcome unknown when the connection breaks in the middle of a call', async () => {
      const relay = await site.relay();
      const client = site.client({ url: relay.url });
      const { propertyCollector } = await client.content();
      const collector = required(await client.call('CreatePropertyCollector', propertyCollector));
      const parameters = { version: 'x', options: { maxWaitSeconds: 30 } };
      const before = relay.sentBytes;
      const call = client.call('WaitForUpdatesEx', collector, parameters, { isSessionBound: true });
      const broken = expect(call).rejects.toMatchObject({ code: 'ECONNRESET', requestSent: true });
      await until(() => relay.sentBytes > before);
      relay.cut('reset');
      await broken;
      expect(await now(client)).toBeInstanceOf(Date);
    });
  });
});

describe('the client, before a vCenter that ends idle sessions', () => {
  let site: Site;

  beforeAll(async () => {
    site = await Site.start({ idleTimeoutMs: 500, taskDelaysMs: { CloneVM_Task: 300 } });
  }, START_TIMEOUT_MS);

  afterEach(() => site.release());
  afterAll(() => site.vcsim.stop());

  /** A client whose session the server has ended. */
  async function withEndedSession(): Promise<VimClient> {
    const client = site.client();
    const key = await client.sessionKey();
    const observer = site.client();
    await until(async () => !(await isActive(observer, key)));
    await observer.close();
    site.operations.length = 0;
    return client;
  }

  it('logs in again once for ten calls at once', async () => {
    const client = await withEndedSession();
    const times = await Promise.all(Array.from({ length: 10 }, () => now(client)));
    expect(times.every((time) => time instanceof Date)).toBe(true);
    expect(site.count('Login')).toBe(1);
    expect(site.count('CurrentTime')).toBeGreaterThan(10);
  });

  it('logs in again when the property collector answers that every property is missing', async () => {
    const client = await withEndedSession();
    const { rootFolder } = await client.content();
    expect(await client.properties.properties(rootFolder, ['name'])).toEqual({ name: 'Datacenters' });
    expect([site.count('Login'), site.count('RetrievePropertiesEx')]).toEqual([1, 2]);
  });

  it('watches tasks in the new session, though the old one took the collector along', async () => {
    const client = site.client();
    const places = await findPlaces(client);
    const first = required(await run(client, 'CloneVM_Task', places.template, cloneOf(places, 'before')));
    const key = await client.sessionKey();
    const observer = site.client();
    await until(async () => !(await isActive(observer, key)));
    const second = required(await run(client, 'CloneVM_Task', places.template, cloneOf(places, 'after')));
    expect(await client.sessionKey()).not.toBe(key);
    for (const vm of [first, second]) await run(client, 'Destroy_Task', vm);
  });
});

async function isActive(observer: VimClient, sessionID: string): Promise<unknown> {
  const { sessionManager } = await observer.content();
  return observer.call('SessionIsActive', sessionManager, { sessionID, userName: 'dcm@vsphere.local' });
}

function shakeHands(address: string): Promise<void> {
  const { hostname: host, port } = new URL(address);
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), rejectUnauthorized: false }, () => socket.end());
    socket.on('error', reject);
    socket.on('close', () => {
      resolve();
    });
    socket.resume();
  });
}
