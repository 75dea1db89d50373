import { startProxmox, type Proxmox } from '../proxmox';
import { TestClient, until, type Reply } from './client';

describe('a VM of the simulated cluster', () => {
  let proxmox: Proxmox;
  let client: TestClient;
  const vm = '/nodes/pve1/qemu/500';

  beforeAll(async () => {
    proxmox = await startProxmox({ speed: 100 });
    client = new TestClient(proxmox, proxmox.token);
  });

  afterAll(() => proxmox.stop());

  it('lives from clone to delete with the least privileges', async () => {
    const clone = { newid: 500, name: 'web-01', pool: 'dcm', description: 'dcm:v1:a:b:c:d' };
    expect(await client.run('POST', '/nodes/pve1/qemu/9000/clone', clone)).toBe('OK');
    expect((await client.get(`${vm}/config`)).data).toMatchObject({
      name: 'web-01',
      description: 'dcm:v1:a:b:c:d',
      cores: 1,
    });

    const settings = {
      cores: 2,
      memory: 1024,
      tags: 'Web,dcm',
      ciuser: 'admin',
      cipassword: 'secret',
      ipconfig0: 'ip=10.1.2.3/24,gw=10.1.2.1',
    };
    expect(await client.run('POST', `${vm}/config`, settings)).toBe('OK');
    expect((await client.get(`${vm}/config`)).data).toMatchObject({
      cores: 2,
      memory: '1024',
      tags: 'dcm;web',
      cipassword: '**********',
    });

    expect(await client.run('POST', `${vm}/status/start`)).toBe('OK');
    expect((await client.get(`${vm}/status/current`)).data).toMatchObject({
      status: 'running',
      qmpstatus: 'running',
      agent: 1,
    });
    const hasAddress = ({ data }: Reply): boolean => JSON.stringify(data ?? '').includes('10.1.2.3');
    await until(() => client.get(`${vm}/agent/network-get-interfaces`), hasAddress);

    expect(await client.run('POST', `${vm}/status/stop`)).toBe('OK');
    expect(await client.run('DELETE', vm, { purge: 1, 'destroy-unreferenced-disks': 1 })).toBe('OK');
    const gone = await client.get(`${vm}/config`);
    expect([gone.status, gone.reason]).toEqual([403, 'Permission check failed (/vms/500, VM.Audit)']);
    const seen = await new TestClient(proxmox).get(`${vm}/config`);
    expect([seen.status, seen.reason]).toEqual([
      500,
      "Configuration file 'nodes/pve1/qemu-server/500.conf' does not exist",
    ]);
  });

  it('shows version, nodes and resources', async () => {
    expect((await client.get('/version')).data).toMatchObject({ version: '9.2.11', release: '9.2' });
    const nodes: unknown = (await client.get('/nodes')).data;
    expect(nodes).toHaveLength(3);
    expect(nodes).toMatchObject(
      proxmox.nodes.map(({ name, fingerprint }) => ({ node: name, ssl_fingerprint: fingerprint, status: 'online' })),
    );
    const vms: unknown = (await client.get('/cluster/resources', { type: 'vm' })).data;
    expect(vms).toContainEqual(expect.objectContaining({ vmid: 9000, name: 'debian-12-template', template: 1 }));
    expect(vms).not.toContainEqual(expect.objectContaining({ name: 'stranger-1' }));
  });
});
