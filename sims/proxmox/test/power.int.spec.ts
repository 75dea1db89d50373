import { startProxmox, type Proxmox } from '../proxmox';
import { Stand } from './a.cluster';
import { until, type Reply } from './client';

interface Status {
  readonly status: string;
  readonly qmpstatus: string;
  readonly uptime: number;
  readonly lock?: string;
  readonly pid?: number;
}

describe('power', () => {
  let proxmox: Proxmox;
  let stand: Stand;

  beforeAll(async () => {
    proxmox = await startProxmox({ speed: 50, taskDelayMs: 5, guestDelayMs: 30, addressDelayMs: 500 });
    stand = new Stand(proxmox);
  });

  afterAll(() => proxmox.stop());

  const status = async (vm: string): Promise<Status> => (await stand.admin.get(`${vm}/status/current`)).data as Status;
  const power = (vm: string, action: string, params: Record<string, string | number> = {}): Promise<string> =>
    stand.admin.run('POST', `${vm}/status/${action}`, params);

  const untilItIs = (vm: string, wanted: string): Promise<Status> =>
    until(
      () => status(vm),
      (one) => one.status === wanted,
    );

  /** Looks at what is before the cluster's daemons act. */
  async function beforeDaemons(look: () => Promise<void>): Promise<void> {
    const release = proxmox.control.holdDaemons();
    try {
      await look();
    } finally {
      release();
    }
  }

  async function running(vmid: number): Promise<string> {
    const vm = await stand.clone(vmid);
    expect(await power(vm, 'start')).toBe('OK');
    return vm;
  }

  it('shuts a guest down, and gives up on one that does not listen', async () => {
    const vm = await running(900);
    expect(await power(vm, 'shutdown')).toBe('OK');
    expect(await status(vm)).toMatchObject({ status: 'stopped', qmpstatus: 'stopped' });
    expect(await power(vm, 'shutdown')).toBe('OK');
    await power(vm, 'start');
    proxmox.control.scriptGuest(900, { ignoresShutdown: true });
    expect(await power(vm, 'shutdown', { timeout: 3 })).toBe('VM quit/powerdown failed - got timeout');
    expect((await status(vm)).status).toBe('running');
    expect(await power(vm, 'shutdown', { timeout: 1, forceStop: 1 })).toBe('OK');
    expect((await status(vm)).status).toBe('stopped');
  });

  it('is briefly off while it reboots', async () => {
    const vm = await running(901);
    const before = await status(vm);
    await beforeDaemons(async () => {
      expect(await power(vm, 'reboot')).toBe('OK');
      expect((await status(vm)).status).toBe('stopped');
    });
    const after = await untilItIs(vm, 'running');
    expect(after.pid).not.toBe(before.pid);
  });

  it('pauses, and is not shut down while it is paused', async () => {
    const vm = await running(902);
    expect(await power(vm, 'suspend')).toBe('OK');
    expect(await status(vm)).toMatchObject({ status: 'running', qmpstatus: 'paused' });
    expect(Stand.said(await stand.admin.post(`${vm}/status/shutdown`))).toBe('500 VM is paused - cannot shutdown');
    expect(await power(vm, 'resume')).toBe('OK');
    expect((await status(vm)).qmpstatus).toBe('running');
  });

  it('sleeps on its disk under a lock, and wakes by start', async () => {
    const vm = await running(903);
    expect(await power(vm, 'suspend', { todisk: 1 })).toBe('OK');
    expect(await status(vm)).toMatchObject({ status: 'stopped', lock: 'suspended' });
    expect(await power(vm, 'start')).toBe('OK');
    expect((await status(vm)).lock).toBeUndefined();
    expect((await stand.admin.get(`${vm}/config`)).data).not.toHaveProperty('vmstate');
  });

  it.each(['reboot', 'reset', 'suspend', 'resume'])('refuses to %s a VM that is off', async (action) => {
    const id = 910 + ['reboot', 'reset', 'suspend', 'resume'].indexOf(action);
    const vm = await stand.clone(id);
    expect(Stand.said(await stand.admin.post(`${vm}/status/${action}`))).toBe(`500 VM ${id} not running`);
  });

  it('does not start what its host does not have', async () => {
    const vm = await stand.clone(920);
    await stand.admin.put(`${vm}/config`, { net0: 'virtio,bridge=nobr' });
    expect(await power(vm, 'start')).toBe("bridge 'nobr' does not exist");
    await stand.admin.put(`${vm}/config`, { net0: 'virtio,bridge=vmbr0', cores: 64 });
    expect(await power(vm, 'start')).toBe('MAX 16 vcpus allowed per VM on this node');
    await stand.admin.put(`${vm}/config`, { cores: 1, memory: 999_999 });
    expect(await power(vm, 'start')).toMatch(/Cannot allocate memory$/);
    expect(await power('/nodes/pve1/qemu/9000', 'start')).toBe("you can't start a vm if it's a template");
  });

  it('shows interfaces first without addresses', async () => {
    const vm = await stand.clone(930);
    await stand.admin.put(`${vm}/config`, { ipconfig0: 'ip=dhcp' });
    const off = await stand.admin.get(`${vm}/agent/network-get-interfaces`);
    expect(Stand.said(off)).toBe('500 VM 930 is not running');
    await power(vm, 'start');
    const ask = (): Promise<Reply> => stand.admin.get(`${vm}/agent/network-get-interfaces`);
    const early = await until(ask, (reply) => reply.status === 200);
    const mac = /virtio=([0-9A-F:]+)/.exec(
      String(((await stand.admin.get(`${vm}/config`)).data as Record<string, string>)['net0']),
    )![1]!;
    const card = (reply: Reply): Record<string, unknown> =>
      (reply.data as { result: Record<string, unknown>[] }).result.find(
        (one) => one['hardware-address'] === mac.toLowerCase(),
      )!;
    expect(card(early)).not.toHaveProperty('ip-addresses');
    const late = await until(ask, (reply) => 'ip-addresses' in card(reply));
    expect(JSON.stringify(card(late))).toMatch(/"10\.77\.\d+\.\d+".*"fe80:/);
    proxmox.control.scriptGuest(930, { agent: 'running', addresses: [{ address: '172.17.0.1', on: 'bridge' }] });
    expect(JSON.stringify((await ask()).data)).toContain('docker0');
    proxmox.control.scriptGuest(930, { agent: 'not-running' });
    expect(Stand.said(await ask())).toBe('500 QEMU guest agent is not running');
  });

  it('leaves VMs under HA to its manager', async () => {
    const { admin } = stand;
    const vm = await stand.clone(940);
    expect((await admin.post('/cluster/ha/resources', { sid: 'vm:940', state: 'stopped' })).status).toBe(200);
    await beforeDaemons(async () => {
      expect((await admin.post(`${vm}/status/start`)).data).toMatch(/:hastart:940:/);
      expect((await status(vm)).status).toBe('stopped');
    });
    await untilItIs(vm, 'running');
    await beforeDaemons(async () => {
      expect(await power(vm, 'stop')).toBe('OK');
      expect((await status(vm)).status).toBe('running');
    });
    await untilItIs(vm, 'stopped');
    expect(Stand.said(await admin.delete(vm))).toBe(
      '500 unable to remove VM 940 - used in HA resources and purge parameter not set.',
    );
    expect(await admin.run('DELETE', vm, { purge: 1 })).toBe('OK');
    expect((await admin.get('/cluster/ha/resources')).data).toEqual([]);
  });

  it('gives a ticket for one screen', async () => {
    const slow = await startProxmox({ speed: 5, taskDelayMs: 5, guestDelayMs: 10 });
    try {
      await seesConsole(new Stand(slow));
    } finally {
      await slow.stop();
    }
  });

  async function seesConsole({ admin }: Stand): Promise<void> {
    const vm = '/nodes/pve1/qemu/950';
    await admin.run('POST', '/nodes/pve1/qemu/9000/clone', { newid: 950 });
    await admin.run('POST', `${vm}/status/start`);
    const reply = await admin.post(`${vm}/vncproxy`, { websocket: 1 });
    const { port, ticket, upid } = reply.data as { port: string; ticket: string; upid: string };
    const open = (vncticket: string): Promise<Reply> => admin.get(`${vm}/vncwebsocket`, { port, vncticket });
    expect(Stand.said(await open(`${ticket.slice(0, -8)}AAAAAAA=`))).toBe('500 invalid PVEVNC ticket');
    expect((await open(ticket)).data).toEqual({ port });
    expect(await admin.ended(upid)).toBe('OK');
    const late = (await admin.post(`${vm}/termproxy`)).data as { upid: string };
    expect(await admin.ended(late.upid)).toBe('connection timed out');
  }
});
