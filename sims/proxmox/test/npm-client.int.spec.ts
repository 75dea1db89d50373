import { startProxmox, type Proxmox } from '../proxmox';
import { until } from './client';

const PACKAGE = '@corsinvest/cv4pve-api-javascript';

/** What the client's calls resolve to, as far as it is looked at. */
interface Result {
  readonly statusCode: number;
  readonly reasonPhrase: string;
  readonly response: { readonly data: unknown };
}

/** The client, as far as it is used. */
interface PveClient {
  logEnabled: boolean;
  apiToken: string;
  login(user: string, password: string, realm: string): Promise<unknown>;
  get(path: string, parameters: object): Promise<Result>;
  create(path: string, parameters: object): Promise<Result>;
  set(path: string, parameters: object): Promise<Result>;
  delete(path: string, parameters: object): Promise<Result>;
  waitForTaskToFinish(upid: string, waitMs: number, timeoutMs: number): Promise<unknown>;
  getExitStatusTask(upid: string): Promise<string>;
}

/** A fresh checkout has it; one that was installed before it was wanted does not. */
function load(): (new (host: string, port: number) => PveClient) | undefined {
  try {
    return jest.requireActual<{ PveClient: new (host: string, port: number) => PveClient }>(PACKAGE).PveClient;
  } catch (error) {
    process.stderr.write(`SKIPPED: ${PACKAGE} is not installed (npm ci): ${String(error).split('\n')[0] ?? ''}\n`);
    return undefined;
  }
}

const Client = load();
const withClient = Client === undefined ? describe.skip : describe;

/** It sends JSON bodies, keeps connections, and accepts any certificate: it is for this test alone. */
withClient('cv4pve-api-javascript, an npm client', () => {
  let proxmox: Proxmox;
  let client: PveClient;

  beforeAll(async () => {
    proxmox = await startProxmox({ speed: 50 });
    client = new Client!('127.0.0.1', Number(new URL(proxmox.url).port));
    client.logEnabled = false;
  });

  afterAll(() => proxmox.stop());

  const call = async (method: 'get' | 'create' | 'set' | 'delete', path: string, parameters = {}): Promise<Result> =>
    await client[method](path, parameters);

  async function run(method: 'create' | 'set' | 'delete', path: string, parameters = {}): Promise<string> {
    const { response, statusCode, reasonPhrase } = await call(method, path, parameters);
    expect([statusCode, reasonPhrase]).toEqual([200, 'OK']);
    const upid = String(response.data);
    expect(await client.waitForTaskToFinish(upid, 10, 10_000)).toBe(true);
    return await client.getExitStatusTask(upid);
  }

  it.each(['a password', 'an API token'])('takes a VM from clone to delete with %s', async (how) => {
    if (how === 'a password') expect(await client.login('root', proxmox.password, 'pam')).toBe(true);
    else client.apiToken = `${proxmox.adminToken.id}=${proxmox.adminToken.secret}`;
    const vm = '/nodes/pve1/qemu/610';
    expect(await run('create', '/nodes/pve1/qemu', { vmid: 611, scsi0: 'ceph:1', net0: 'virtio,bridge=vmbr0' })).toBe(
      'OK',
    );
    expect(await run('create', '/nodes/pve1/qemu/9000/clone', { newid: 610, name: 'npm', full: false })).toBe('OK');
    const settings = { cores: 2, memory: 1024, onboot: true, ipconfig0: 'ip=10.9.8.6/24' };
    expect(await run('create', `${vm}/config`, settings)).toBe('OK');
    expect((await call('get', `${vm}/config`)).response.data).toMatchObject({ cores: 2, memory: '1024', onboot: 1 });
    expect(await run('create', `${vm}/status/start`)).toBe('OK');
    await until(
      () => call('get', `${vm}/agent/network-get-interfaces`),
      ({ response }) => JSON.stringify(response).includes('10.9.8.6'),
    );
    expect(await run('create', `${vm}/status/stop`)).toBe('OK');
    expect(await run('delete', vm, { purge: true })).toBe('OK');
    expect(await run('delete', '/nodes/pve1/qemu/611')).toBe('OK');
    const gone = await call('get', `${vm}/config`);
    expect([gone.statusCode, gone.reasonPhrase]).toEqual([
      500,
      "Configuration file 'nodes/pve1/qemu-server/610.conf' does not exist",
    ]);
  });
});
