import { startProxmox, type Proxmox } from '../proxmox';
import { Stand } from './a.cluster';
import type { TestClient } from './client';

describe('logins and rights', () => {
  let proxmox: Proxmox;
  let stand: Stand;

  beforeAll(async () => {
    proxmox = await startProxmox({ speed: 100, authDelayMs: 40 });
    stand = new Stand(proxmox);
  });

  afterAll(() => proxmox.stop());

  async function login(): Promise<{ Cookie: string; CSRFPreventionToken: string }> {
    const reply = await stand.admin.ask('POST', '/access/ticket', {
      params: { username: 'root@pam', password: proxmox.password },
      token: null,
    });
    const { ticket, CSRFPreventionToken } = reply.data as { ticket: string; CSRFPreventionToken: string };
    return { Cookie: `PVEAuthCookie=${encodeURIComponent(ticket)}`, CSRFPreventionToken };
  }

  it('delay every 401, and end the connection without a body', async () => {
    const started = performance.now();
    const reply = await stand.admin.ask('GET', '/version', { token: null });
    expect(performance.now() - started).toBeGreaterThan(35);
    expect([Stand.said(reply), reply.text, reply.headers.connection]).toEqual(['401 No ticket', '', 'close']);
  });

  it('end with their tickets and tokens', async () => {
    const headers = await login();
    const ask = (): ReturnType<TestClient['ask']> => stand.admin.ask('GET', '/version', { token: null, headers });
    expect((await ask()).status).toBe(200);
    proxmox.control.expireTickets();
    expect(Stand.said(await ask())).toBe('401 Authentication failed!');
    const giveBack = proxmox.control.revokeToken('dcm@pve', 'provisioner');
    expect(Stand.said(await stand.provisioner.get('/version'))).toBe('401 Authentication failed!');
    giveBack();
    expect((await stand.provisioner.get('/version')).status).toBe(200);
  });

  it('let only a ticket of root skip locks', async () => {
    await stand.clone(710);
    proxmox.control.setLock(710, 'clone');
    const refused = await stand.admin.put('/nodes/pve1/qemu/710/config', { delete: 'lock', skiplock: 1 });
    expect(refused.json?.errors).toEqual({ skiplock: 'Only root may use this option.' });
    const headers = await login();
    const done = await stand.admin.ask('PUT', '/nodes/pve1/qemu/710/config', {
      token: null,
      headers,
      params: { delete: 'lock', skiplock: 1 },
    });
    expect(Stand.said(done)).toBe('200 OK');
    expect((await stand.admin.get('/nodes/pve1/qemu/710/config')).data).not.toHaveProperty('lock');
  });

  it('name the path and the privilege that is missing', async () => {
    const clone = await stand.provisioner.post('/nodes/pve1/qemu/100/clone', { newid: 711, pool: 'dcm' });
    expect([Stand.said(clone), clone.json?.message]).toEqual([
      '403 Permission check failed (/vms/100, VM.Clone)',
      'Permission check failed (/vms/100, VM.Clone)\n',
    ]);
    expect(Stand.said(await stand.provisioner.post('/nodes/pve1/qemu/9000/clone', { newid: 711 }))).toBe(
      '403 Permission check failed',
    );
    expect(Stand.said(await stand.admin.post('/nodes/pve1/qemu/9000/clone', { newid: 711, pool: 'no' }))).toBe(
      "403 Permission check failed (pool 'no' does not exist)",
    );
    const vm = await stand.clone(712, { pool: 'dcm' });
    expect(Stand.said(await stand.provisioner.put(`${vm}/config`, { args: '-foo' }))).toBe(
      "500 only root can set 'args' config",
    );
  });

  it('show less to whom has fewer privileges, and nothing of VMs without VM.Audit', async () => {
    await stand.clone(713, { pool: 'dcm' });
    const seen = async (): Promise<readonly number[]> =>
      ((await stand.provisioner.get('/cluster/resources', { type: 'vm' })).data as { vmid: number }[]).map(
        ({ vmid }) => vmid,
      );
    expect(await seen()).toContain(713);
    expect(await seen()).not.toContain(100);
    const giveBack = proxmox.control.takePrivileges('VM.Audit');
    expect(await seen()).toEqual([]);
    expect(Stand.said(await stand.provisioner.get('/nodes/pve1/qemu/713/config'))).toBe(
      '403 Permission check failed (/vms/713, VM.Audit)',
    );
    giveBack();
    expect(await seen()).toContain(713);
  });

  it('take rights away by the access list, as an administrator does', async () => {
    await stand.clone(714, { pool: 'dcm' });
    const entry = { path: '/pool/dcm', roles: 'DCMProvisioner', tokens: 'dcm@pve!provisioner' };
    expect((await stand.admin.put('/access/acl', { ...entry, delete: 1 })).status).toBe(200);
    expect((await stand.provisioner.get('/nodes/pve1/qemu/714/config')).status).toBe(403);
    expect((await stand.admin.put('/access/acl', entry)).status).toBe(200);
    expect((await stand.provisioner.get('/nodes/pve1/qemu/714/config')).status).toBe(200);
  });

  it('know the privileges of their release', async () => {
    const older = await startProxmox({ version: '8.4', speed: 100 });
    const eight = new Stand(older);
    const privs = 'VM.Audit,VM.GuestAgent.Audit';
    expect((await eight.admin.post('/access/roles', { roleid: 'A', privs })).json?.errors).toEqual({
      privs: "invalid format - invalid privilege 'VM.GuestAgent.Audit'\n",
    });
    expect((await stand.admin.post('/access/roles', { roleid: 'A', privs: 'VM.Monitor' })).json?.errors).toEqual({
      privs: "invalid format - invalid privilege 'VM.Monitor'\n",
    });
    expect((await eight.admin.get('/version')).data).toMatchObject({ release: '8.4' });
    const permissions = (await eight.provisioner.get('/access/permissions')).data as Record<string, object>;
    expect(permissions['/pool/dcm']).toMatchObject({ 'VM.Monitor': 1, 'VM.Allocate': 1 });
    await older.stop();
  });
});
