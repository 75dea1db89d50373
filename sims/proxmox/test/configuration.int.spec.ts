import { startProxmox, type Proxmox } from '../proxmox';
import { Stand } from './a.cluster';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGsJf1vXvWZ7m2V0Vn4oO3b0yq5qLw1vYc9kz3Jx5m2P someone@home';

describe('configurations', () => {
  let proxmox: Proxmox;
  let stand: Stand;
  let vm: string;

  beforeAll(async () => {
    proxmox = await startProxmox({ speed: 100 });
    stand = new Stand(proxmox);
    vm = await stand.clone(800);
  });

  afterAll(() => proxmox.stop());

  const errors = async (params: Record<string, string | number>): Promise<unknown> =>
    (await stand.admin.put(`${vm}/config`, params)).json?.errors;
  const config = async (): Promise<Record<string, unknown>> =>
    (await stand.admin.get(`${vm}/config`)).data as Record<string, unknown>;

  it.each([
    [{ bogus: 1 }, 'bogus', 'property is not defined in schema and the schema does not allow additional properties'],
    [{ cores: 0 }, 'cores', 'value must have a minimum value of 1'],
    [{ cores: 'x' }, 'cores', "type check ('integer') failed - got 'x'"],
    [{ bios: 'efi' }, 'bios', "value 'efi' does not have a value in the enumeration 'seabios, ovmf'"],
    [{ name: 'a_b' }, 'name', 'invalid format - value does not look like a valid DNS name\n'],
    [{ tags: 'a:b' }, 'tags', 'invalid format - invalid characters in tag\n'],
    [{ description: 'x'.repeat(8193) }, 'description', 'value may only be 8192 characters long'],
    [
      { net0: 'bridge=vmbr0' },
      'net0',
      'invalid format - format error\nmodel: property is missing and it is not optional\n',
    ],
    [
      { ipconfig0: 'ip=1.2.3.4' },
      'ipconfig0',
      'invalid format - format error\nip: invalid format - value does not look like a valid ipv4 network configuration\n\n',
    ],
    [{ sshkeys: KEY }, 'sshkeys', 'invalid format - invalid urlencoded string\n'],
    [{ delete: 'cores', cores: 2 }, 'delete', "you can't use '-cores' and -delete cores' at the same time"],
    [{ force: 1 }, 'delete', "missing property - 'force' requires this property"],
  ])('refuse %j', async (params, key, reason) => {
    expect(await errors(params as unknown as Record<string, string | number>)).toEqual({ [key]: reason });
  });

  it('take SSH keys only when they are some, and read them back encoded', async () => {
    const good = encodeURIComponent(KEY);
    expect(Stand.said(await stand.admin.put(`${vm}/config`, { sshkeys: good }))).toBe('200 OK');
    expect((await config())['sshkeys']).toBe(good);
    const bad = await stand.admin.put(`${vm}/config`, { sshkeys: encodeURIComponent('ssh-rsa nonsense me') });
    expect(Stand.said(bad)).toBe('500 SSH public key validation error');
  });

  it('guard a change by the digest of what was read', async () => {
    const { digest } = await config();
    expect((await stand.admin.put(`${vm}/config`, { cores: 2, digest: String(digest) })).status).toBe(200);
    const late = await stand.admin.put(`${vm}/config`, { cores: 3, digest: String(digest) });
    expect(Stand.said(late)).toBe('500 checksum mismatch (file change by other user?)');
    expect((await config())['cores']).toBe(2);
  });

  it('keep what cannot be plugged until the next start', async () => {
    expect(await stand.admin.run('POST', `${vm}/status/start`)).toBe('OK');
    await stand.admin.put(`${vm}/config`, { memory: 1024, tags: 'Z,a,z' });
    expect(await config()).toMatchObject({ memory: '1024', tags: 'a;z' });
    const active = (await stand.admin.get(`${vm}/config`, { current: 1 })).data as object;
    expect(active).toMatchObject({ memory: '512', tags: 'a;z' });
    const pending = (await stand.admin.get(`${vm}/pending`)).data as object[];
    expect(pending).toContainEqual({ key: 'memory', value: '512', pending: '1024' });
    expect(await stand.admin.run('POST', `${vm}/status/stop`)).toBe('OK');
    expect((await stand.admin.get(`${vm}/config`, { current: 1 })).data).toMatchObject({ memory: '1024' });
  });

  it('grow disks to an absolute size, again without effect, and never smaller', async () => {
    const resize = (size: string): Promise<string> => stand.admin.run('PUT', `${vm}/resize`, { disk: 'scsi0', size });
    expect(await resize('4G')).toBe('OK');
    expect(await resize('4G')).toBe('OK');
    expect(await resize('+1G')).toBe('OK');
    expect((await config())['scsi0']).toContain('size=5G');
    expect(await resize('4G')).toBe('shrinking disks is not supported');
    expect(await stand.admin.run('PUT', `${vm}/resize`, { disk: 'scsi9', size: '4G' })).toBe(
      "disk 'scsi9' does not exist",
    );
    expect(await stand.admin.run('PUT', '/nodes/pve1/qemu/999/resize', { disk: 'scsi0', size: '4G' })).toBe(
      "Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist",
    );
  });

  it('keep a disk that was taken off as an unused one, until that is taken off too', async () => {
    await stand.admin.put(`${vm}/config`, { scsi1: 'ceph:3' });
    const disk = String((await config())['scsi1']).split(',')[0];
    await stand.admin.put(`${vm}/config`, { delete: 'scsi1' });
    expect(await config()).toMatchObject({ unused0: disk });
    await stand.admin.put(`${vm}/config`, { delete: 'unused0' });
    const content = (await stand.admin.get('/nodes/pve1/storage/ceph/content', { vmid: 800 })).data as {
      volid: string;
    }[];
    expect(content.map(({ volid }) => volid)).not.toContain(disk);
  });

  it('answer a later change with a task, or with nothing when that is over in time', async () => {
    expect((await stand.admin.post(`${vm}/config`, { cores: 1 })).data).toMatch(/^UPID:pve1:.*:qmconfig:800:/);
    expect((await stand.admin.post(`${vm}/config`, { cores: 2, background_delay: 30 })).data).toBeNull();
    expect((await config())['cores']).toBe(2);
  });

  it('count the space of thick storages, and leave nothing of a VM that does not fit', async () => {
    const create = (vmid: number): Promise<string> =>
      stand.admin.run('POST', '/nodes/pve1/qemu', { vmid, scsi0: 'san:600', net0: 'virtio,bridge=vmbr0' });
    expect(await create(801)).toBe('OK');
    expect(await create(802)).toMatch(
      /^unable to create VM 802 - lvcreate 'san\/vm-802-disk-0' error: .* insufficient free space/,
    );
    expect((await stand.admin.get('/nodes/pve1/qemu/802/config')).status).toBe(500);
    const { used, avail } = (await stand.admin.get('/nodes/pve2/storage/san/status')).data as Record<string, number>;
    expect([used, avail]).toEqual([600 * 1024 ** 3, 424 * 1024 ** 3]);
    expect((await stand.admin.get('/nodes/pve1/qemu/801/feature', { feature: 'snapshot' })).data).toMatchObject({
      hasFeature: 0,
    });
    expect(await stand.admin.run('POST', '/nodes/pve1/qemu/801/snapshot', { snapname: 'no' })).toBe(
      'snapshot feature is not available',
    );
  });

  it('snapshot, roll back and forget', async () => {
    expect(await stand.admin.run('POST', `${vm}/snapshot`, { snapname: 'one', description: 'before' })).toBe('OK');
    expect(await stand.admin.run('POST', `${vm}/snapshot`, { snapname: 'one' })).toBe(
      "snapshot name 'one' already used",
    );
    await stand.admin.put(`${vm}/config`, { cores: 4, description: 'mark' });
    expect(await stand.admin.run('POST', `${vm}/snapshot`, { snapname: 'two' })).toBe('OK');
    const list = (await stand.admin.get(`${vm}/snapshot`)).data as object[];
    expect(list).toMatchObject([
      { name: 'one', description: 'before', vmstate: 0 },
      { name: 'two', parent: 'one' },
      { name: 'current', parent: 'two', running: 0 },
    ]);
    expect(await stand.admin.run('POST', `${vm}/snapshot/one/rollback`)).toBe('OK');
    expect(await config()).toMatchObject({ cores: 2, description: 'mark', parent: 'one' });
    expect(await stand.admin.run('DELETE', `${vm}/snapshot/one`)).toBe('OK');
    expect((await stand.admin.get(`${vm}/snapshot`)).data).toMatchObject([{ name: 'two' }, { name: 'current' }]);
    expect(await stand.admin.run('DELETE', `${vm}/snapshot/one`)).toBe("snapshot 'one' does not exist");
  });
});
