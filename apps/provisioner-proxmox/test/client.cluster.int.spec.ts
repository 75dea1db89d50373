import { startProxmox, type Proxmox } from '../../../sims/proxmox/proxmox';
import { PveClient, type PveClientOptions } from '../src/client/pve.client';
import { PveTaskFailure } from '../src/client/pve.errors';
import { says } from '../src/text.errors';

const CLONE = ['nodes', 'pve1', 'qemu', 9000, 'clone'];
const proxied = (status: number, reason: string) => ({
  name: reason,
  apply: () => Promise.resolve({ status, reason, body: '' }),
});

describe('the client, before a simulated cluster', () => {
  let proxmox: Proxmox;
  let client: PveClient;
  let vmid = 500;

  const connect = (change: Partial<PveClientOptions> = {}): PveClient => {
    client = new PveClient({
      endpoints: proxmox.nodes.map(({ name, url }) => ({ url, node: name, tls: { ca: proxmox.ca } })),
      username: proxmox.token.id,
      password: proxmox.token.secret,
      timeoutMs: 5_000,
      ...change,
    });
    return client;
  };
  const clone = async (parameters: Record<string, boolean | string> = {}): Promise<string> => {
    vmid += 1;
    return String(await client.post(CLONE, { newid: vmid, pool: 'dcm', name: 'web', ...parameters }));
  };

  beforeAll(async () => {
    proxmox = await startProxmox({ speed: 100, taskDelayMs: { qmclone: 400 } });
  });
  afterAll(() => proxmox.stop());
  beforeEach(() => {
    connect();
  });
  afterEach(() => {
    proxmox.control.clearFaults();
    client.close();
  });

  describe('verifying each node', () => {
    it('believes the authority of the cluster, or the pin of a node', async () => {
      expect(await client.get(['version'])).toMatchObject({ release: '9.2' });
      client.close();
      connect({
        endpoints: proxmox.nodes.map(({ name, url, fingerprint }) => ({
          url,
          node: name,
          tls: { pinSha256: fingerprint },
        })),
      });
      for (const { name } of proxmox.nodes) {
        expect(await client.get(['version'], {}, { node: name })).toMatchObject({ release: '9.2' });
      }
    });

    it.each([
      ['another pin', { pinSha256: 'ab'.repeat(32) }, 'TLS_PIN_MISMATCH'],
      ['an authority that it does not know', {}, /^(SELF_SIGNED|UNABLE_TO|DEPTH_ZERO)/],
    ])('refuses it with %s, before a byte of a request is sent', async (_, tls, code) => {
      const before = proxmox.control.calls.length;
      client.close();
      connect({ endpoints: [{ url: proxmox.url, tls }] });
      const error: unknown = await client.post(CLONE, { newid: 1000 }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: expect.stringMatching(code) as unknown,
        mayHaveRun: false,
      });
      expect(proxmox.control.calls).toHaveLength(before);
    });
  });

  describe('with a password', () => {
    beforeEach(() => {
      client.close();
      connect({ username: 'dcm@pve', password: proxmox.password });
    });

    it('changes things by a ticket, and gets a new one when that is over', async () => {
      await client.tasks.wait(await clone());
      proxmox.control.expireTickets();
      expect(await client.get(['nodes', 'pve1', 'qemu', vmid, 'config'])).toMatchObject({ name: 'web' });
      expect(proxmox.control.calls.filter((call) => call === 'POST /access/ticket')).toHaveLength(2);
    });

    it('tries a wrong one once', async () => {
      const logins = () => proxmox.control.calls.filter((call) => call === 'POST /access/ticket').length;
      const before = logins();
      client.close();
      connect({ username: 'dcm@pve', password: 'wrong' });
      for (let n = 0; n < 3; n += 1) {
        await expect(client.get(['version'])).rejects.toMatchObject({ status: 401, scheme: 'login' });
      }
      expect(logins()).toBe(before + 1);
    });
  });

  describe('waiting for tasks', () => {
    it('tells progress of a clone and its success', async () => {
      const percents: number[] = [];
      const end = await client.tasks.wait(await clone({ full: true, storage: 'ceph' }), {
        onProgress: (percent) => percents.push(percent),
      });
      expect(end).toEqual({ warnings: 0 });
      expect(percents.length).toBeGreaterThan(0);
    });

    it('tells how one failed, in the words that a refusal has too', async () => {
      await client.tasks.wait(await clone());
      const start = async (): Promise<string> =>
        String(await client.post(['nodes', 'pve1', 'qemu', vmid, 'status', 'start']));
      await client.tasks.wait(await start());
      const failure: unknown = await client.tasks.wait(await start()).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(PveTaskFailure);
      expect(says(failure, 'ALREADY_RUNNING')).toBe(true);
      const refusal: unknown = await client.delete(['nodes', 'pve1', 'qemu', vmid]).catch((error: unknown) => error);
      expect(says(refusal, 'STILL_RUNNING')).toBe(true);
    });

    it('stops a clone, which takes away what it had made', async () => {
      const end = await client.tasks.stop(await clone({ full: true, storage: 'ceph' }));
      expect(end).toBeInstanceOf(PveTaskFailure);
      const vms = (await client.get(['cluster', 'resources'], { type: 'vm' })) as { vmid: number }[];
      expect(vms.map((vm) => vm.vmid)).not.toContain(vmid);
    });

    it('asks through another node while the own one is away', async () => {
      const upid = await clone();
      const away = proxmox.control.fault(proxied(595, 'No route to host'), { node: 'pve1' });
      await expect(client.tasks.wait(upid)).resolves.toEqual({ warnings: 0 });
      expect(away.hits).toBeGreaterThan(0);
    });

    it('waits for thirty with few calls', async () => {
      const upids = await Promise.all(Array.from({ length: 30 }, () => clone()));
      const before = proxmox.control.calls.length;
      await Promise.all(upids.map((upid) => client.tasks.wait(upid)));
      expect(proxmox.control.calls.length - before).toBeLessThan(90);
    }, 20_000);
  });

  it('makes a change elsewhere after 595, nowhere after 596, and a read anywhere', async () => {
    proxmox.control.fault(proxied(595, 'Connection refused'), { node: 'pve1', operation: /clone$/ });
    await client.tasks.wait(await clone());
    proxmox.control.clearFaults();
    client.close();
    connect();
    proxmox.control.fault(proxied(596, 'Connection timed out'), { node: 'pve1' });
    await expect(clone()).rejects.toMatchObject({ code: 'BACKEND_SILENT', mayHaveRun: true });
    expect(await client.get(['version'])).toMatchObject({ release: '9.2' });
  });

  it('names the wrong parameter, and the privilege that lacks', async () => {
    await expect(clone({ nope: '1' })).rejects.toMatchObject({
      status: 400,
      fields: { nope: expect.stringContaining('not defined in schema') as unknown },
    });
    const change = client.post(['nodes', 'pve1', 'qemu', 9000, 'config'], { cores: 2 });
    await expect(change).rejects.toMatchObject({ status: 403, text: expect.stringContaining('/vms/9000') as unknown });
  });

  it('tells that the cluster has no quorum, from every node, and reads on', async () => {
    proxmox.control.setQuorum(false);
    try {
      await expect(clone()).rejects.toMatchObject({ status: 500, text: 'cluster not ready - no quorum?' });
      expect(await client.get(['cluster', 'resources'])).toBeInstanceOf(Array);
    } finally {
      proxmox.control.setQuorum(true);
    }
  });
});
