import { startProxmox, type Proxmox } from '../proxmox';
import { Stand } from './a.cluster';
import { until } from './client';

describe('clones', () => {
  let proxmox: Proxmox;
  let stand: Stand;

  beforeAll(async () => {
    proxmox = await startProxmox({ speed: 50, taskDelayMs: { qmclone: 300 } });
    stand = new Stand(proxmox);
  });

  afterAll(() => proxmox.stop());

  it('give one VM when twelve ask for the same VMID at once, on any node', async () => {
    const asks = Array.from({ length: 12 }, (_, index) =>
      stand.admin.ask('POST', '/nodes/pve1/qemu/9000/clone', {
        params: { newid: 700, name: `try-${index}` },
        url: proxmox.nodes[index % 3]!.url,
      }),
    );
    const replies = await Promise.all(asks);
    const won = replies.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    const lost = new Set(replies.filter((one) => !won.includes(one)).map(Stand.said));
    expect([...lost]).toEqual(['500 unable to create VM 700: config file already exists']);
    expect(await stand.admin.ended(won[0]!.data as string)).toBe('OK');
  });

  it('show a bare and locked configuration until the first disk is there', async () => {
    const reply = await stand.admin.post('/nodes/pve1/qemu/9000/clone', {
      newid: 701,
      name: 'slow',
      description: 'mark',
    });
    const early = (await stand.admin.get('/nodes/pve1/qemu/701/config')).data as object;
    expect(early).toEqual({
      lock: 'clone',
      description: ' qmclone temporary file',
      digest: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
    });
    const { data: upid } = reply as { data: string };
    expect(upid).toMatch(/^UPID:pve1:[0-9A-F]{8}:[0-9A-F]{8}:[0-9A-F]{8}:qmclone:9000:root@pam!admin:$/);
    expect(await stand.admin.ended(upid)).toBe('OK');
    expect((await stand.admin.log(upid))[0]).toBe('creating a clone of VM 9000 with ID 701');
    const late = (await stand.admin.get('/nodes/pve1/qemu/701/config')).data as Record<string, string>;
    expect(late).toMatchObject({
      name: 'slow',
      description: 'mark',
      scsi0: expect.stringContaining('ceph:base-9000-disk-0/vm-701-disk-0') as string,
    });
    expect(late['lock']).toBeUndefined();
    const template = (await stand.admin.get('/nodes/pve1/qemu/9000/config')).data as Record<string, string>;
    for (const key of ['net0', 'smbios1', 'vmgenid']) expect(late[key]).not.toBe(template[key]);
  });

  it('leave nothing when their task is stopped, and a locked stage one for ever when it is killed', async () => {
    const stopped = (await stand.admin.post('/nodes/pve1/qemu/9000/clone', { newid: 702, full: 1, storage: 'nas' }))
      .data as string;
    await stand.admin.delete(`/nodes/pve1/tasks/${encodeURIComponent(stopped)}`);
    expect(await stand.admin.ended(stopped)).toMatch(/^clone failed: copy failed: .* interrupted by signal$/);
    expect((await stand.admin.get('/nodes/pve1/storage/nas/content', { vmid: 702 })).data).toEqual([]);
    expect((await stand.admin.get('/nodes/pve1/qemu/702/config')).status).toBe(500);

    proxmox.control.killNextTask('qmclone', 10);
    const killed = (await stand.admin.post('/nodes/pve1/qemu/9000/clone', { newid: 703, name: 'x' })).data as string;
    expect(await stand.admin.ended(killed)).toBe('unexpected status');
    expect((await stand.admin.get('/nodes/pve1/qemu/703/config')).data).toMatchObject({
      lock: 'clone',
      description: ' qmclone temporary file',
    });
    expect(await stand.admin.run('DELETE', '/nodes/pve1/qemu/703')).toBe('VM is locked (clone)');
    expect(Stand.said(await stand.admin.delete('/nodes/pve1/qemu/703', { skiplock: 1 }))).toBe(
      '400 Parameter verification failed.',
    );
  });

  it('go to another node only from and to shared storage', async () => {
    expect(
      await stand.admin.run('POST', '/nodes/pve1/qemu/9000/clone', { newid: 704, target: 'pve2', pool: 'dcm' }),
    ).toBe('OK');
    expect((await stand.admin.get('/nodes/pve2/qemu/704/config')).status).toBe(200);
    const local = await stand.admin.post('/nodes/pve1/qemu/9001/clone', { newid: 705, target: 'pve2' });
    expect(Stand.said(local)).toBe("500 can't clone VM to node 'pve2' (VM uses local storage)");
    const toLocal = await stand.admin.post('/nodes/pve1/qemu/9000/clone', {
      newid: 705,
      target: 'pve2',
      full: 1,
      storage: 'local-lvm',
    });
    expect(Stand.said(toLocal)).toBe("500 can't clone to non-shared storage 'local-lvm'");
    const linked = await stand.admin.post('/nodes/pve1/qemu/9000/clone', { newid: 705, storage: 'nas' });
    expect(Stand.said(linked)).toBe("500 parameter 'storage' not allowed for linked clones");
    const nowhere = await stand.admin.post('/nodes/pve1/qemu/9000/clone', { newid: 705, target: 'pve9' });
    expect(Stand.said(nowhere)).toBe("500 no such cluster node 'pve9'");
  });

  it('are seen at once by id and lock, and later by name and status', async () => {
    const quick = await startProxmox({ speed: 100, resourceLagMs: 1_500, taskDelayMs: 0, strangers: 0 });
    const other = new Stand(quick);
    quick.control.publish();
    await other.clone(706, { name: 'late' });
    const entry = async (): Promise<Record<string, unknown>> =>
      ((await other.admin.get('/cluster/resources', { type: 'vm' })).data as Record<string, unknown>[]).find(
        ({ vmid }) => vmid === 706,
      )!;
    expect(await entry()).toMatchObject({ node: 'pve1', status: 'unknown' });
    await until(entry, ({ name, status }) => name === 'late' && status === 'stopped');
    await quick.stop();
  });

  it('keep a template from being deleted while linked ones stand on it', async () => {
    const template = '/nodes/pve2/qemu/9002';
    expect(await stand.admin.run('POST', '/nodes/pve2/qemu/9002/clone', { newid: 707 })).toBe('OK');
    expect(await stand.admin.run('DELETE', template)).toMatch(
      /^base volume 'local-lvm:base-9002-disk-0' is still in use by linked cloned$/,
    );
    expect(await stand.admin.run('DELETE', '/nodes/pve2/qemu/707')).toBe('OK');
    expect(await stand.admin.run('DELETE', template)).toBe('OK');
  });
});
