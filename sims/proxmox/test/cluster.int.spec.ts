import { Agent } from 'node:https';
import { startProxmox, type Proxmox, type ProxmoxOptions } from '../proxmox';
import { Stand } from './a.cluster';

describe('a cluster on which things go wrong', () => {
  let proxmox: Proxmox;
  let stand: Stand;
  const others: Proxmox[] = [];

  /** Another cluster, which ends with the test. */
  async function another(options: ProxmoxOptions): Promise<Stand> {
    const one = await startProxmox(options);
    others.push(one);
    return new Stand(one);
  }

  beforeEach(async () => {
    proxmox = await startProxmox({ speed: 100, taskDelayMs: 5 });
    stand = new Stand(proxmox);
  });

  afterEach(async () => {
    await Promise.all([proxmox, ...others.splice(0)].map((one) => one.stop()));
  });

  it('answers 595 for a dead node, later sooner, and shows its VMs as they were', async () => {
    proxmox.control.publish();
    await proxmox.control.killNode('pve2');
    expect(Stand.said(await stand.admin.get('/nodes/pve2/qemu'))).toBe('595 Connection timed out');
    const second = await stand.admin.get('/nodes/pve2/status');
    expect([Stand.said(second), second.text]).toEqual(['595 No route to host', '']);
    await expect(stand.admin.ask('GET', '/version', { url: proxmox.nodes[1]!.url })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
    expect((await stand.admin.get('/nodes')).data).toContainEqual(
      expect.objectContaining({ node: 'pve2', status: 'offline' }),
    );
    const vms = (await stand.admin.get('/cluster/resources', { type: 'vm' })).data as object[];
    expect(vms).toContainEqual(expect.objectContaining({ name: 'stranger-2', node: 'pve2', status: 'running' }));
    expect(await stand.admin.run('POST', '/nodes/pve1/qemu/9000/clone', { newid: 500, target: 'pve2' })).toBe('OK');
    await proxmox.control.reviveNode('pve2');
    expect((await stand.admin.ask('GET', '/nodes/pve2/qemu/500/config', { url: proxmox.nodes[1]!.url })).status).toBe(
      200,
    );
  });

  it('changes nothing without quorum, and reads on', async () => {
    const vm = await stand.clone(500);
    proxmox.control.setQuorum(false);
    for (const [path, params] of [
      ['/nodes/pve1/qemu', { vmid: 501 }],
      ['/nodes/pve1/qemu/9000/clone', { newid: 501 }],
      [`${vm}/status/start`, {}],
    ] as const) {
      expect(Stand.said(await stand.admin.post(path, params))).toBe('500 cluster not ready - no quorum?');
    }
    expect((await stand.admin.put(`${vm}/config`, { cores: 2 })).reason).toMatch(
      /^unable to open file '\/etc\/pve\/.*' - Permission denied$/,
    );
    expect((await stand.admin.get(`${vm}/config`)).status).toBe(200);
    expect((await stand.admin.get('/cluster/nextid')).data).toBe('102');
    proxmox.control.setQuorum(true);
    expect(await stand.admin.run('POST', `${vm}/status/start`)).toBe('OK');
  });

  it('carries out what a slow daemon was asked, though the proxy answers 596', async () => {
    const rule = proxmox.control.slowBackend({ operation: /\/clone$/, times: 1 });
    const reply = await stand.admin.post('/nodes/pve1/qemu/9000/clone', { newid: 500 });
    expect([Stand.said(reply), reply.text]).toEqual(['596 Connection timed out', '']);
    expect(rule.hits).toBe(1);
    expect((await stand.admin.get('/nodes/pve1/qemu/500/config')).status).toBe(200);
  });

  it('loses answers whose effect stays, and requests that had none', async () => {
    proxmox.control.loseNextAnswer(/\/clone$/);
    await expect(stand.admin.post('/nodes/pve1/qemu/9000/clone', { newid: 500 })).rejects.toMatchObject({
      code: 'ECONNRESET',
    });
    expect((await stand.admin.get('/nodes/pve1/qemu/500/config')).status).toBe(200);
    proxmox.control.dropNextRequest();
    await expect(stand.admin.post('/nodes/pve1/qemu/9000/clone', { newid: 501 })).rejects.toMatchObject({
      code: 'ECONNRESET',
    });
    expect((await stand.admin.get('/nodes/pve1/qemu/501/config')).status).toBe(500);
    expect(proxmox.control.mutations).toBe(2);
  });

  it('holds the next change until it is let go', async () => {
    const held = proxmox.control.holdNext();
    const clone = stand.admin.post('/nodes/pve1/qemu/9000/clone', { newid: 500 });
    await held.arrived;
    expect((await stand.admin.get('/nodes/pve1/qemu/500/config')).status).toBe(500);
    held.release();
    expect((await clone).status).toBe(200);
  });

  it('waits ten seconds of its time for the lock of a VM that is being made', async () => {
    const other = await another({ speed: 100, taskDelayMs: { qmclone: 1_500 } });
    const clone = (await other.admin.post('/nodes/pve1/qemu/9000/clone', { newid: 500 })).data as string;
    expect(await other.admin.run('POST', '/nodes/pve1/qemu/500/status/start')).toBe(
      "can't lock file '/var/lock/qemu-server/lock-500.conf' - got timeout",
    );
    expect(Stand.said(await other.admin.put('/nodes/pve1/qemu/500/config', { cores: 2 }))).toBe(
      '500 VM is locked (clone)',
    );
    expect(await other.admin.ended(clone)).toBe('OK');
  });

  it('ends connections after errors, a hundred calls and its idle time, without a hint', async () => {
    const other = await another({ speed: 100, keepAliveMs: 60 });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = (path: string) => other.admin.ask('GET', path, { agent });
    expect((await ask('/version')).headers).toMatchObject({ connection: 'Keep-Alive' });
    expect((await ask('/version')).headers).not.toHaveProperty('keep-alive');
    expect((await ask('/nosuch')).headers).toMatchObject({ connection: 'close' });
    const rest = [];
    for (let call = 1; call <= 100; call++) rest.push((await ask('/version')).headers.connection);
    expect(rest.indexOf('close')).toBe(99);
    agent.destroy();
  });

  it('lists a thousand VMs in one answer', async () => {
    const other = await another({ speed: 100, strangers: 1000 });
    const reply = await other.admin.get('/cluster/resources', { type: 'vm' });
    expect(reply.data).toHaveLength(1004);
  });
});
