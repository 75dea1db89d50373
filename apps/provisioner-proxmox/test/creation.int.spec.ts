import { Stand } from './stand';

jest.setTimeout(60_000);

/** RFC 4253: the kind's name with its length, then 32 bytes with theirs. */
const KEY = `ssh-ed25519 ${Buffer.concat([
  Buffer.from([0, 0, 0, 11]),
  Buffer.from('ssh-ed25519'),
  Buffer.from([0, 0, 0, 32]),
  Buffer.alloc(32, 250),
]).toString('base64')} me@laptop`;

describe('a VM that is made', () => {
  let stand: Stand;

  beforeAll(async () => {
    stand = await Stand.start();
  });
  afterEach(() => stand.clear());
  afterAll(() => stand.stop());

  it('is a full copy with everything that was asked for, under the VMID of its number', async () => {
    const { instance, made, ref } = await stand.vm(stand.open(), {
      cpus: 2,
      memoryMib: 256,
      disks: [{ sizeGib: 3 }, { sizeGib: 1 }],
      networks: [
        { network: 'vmbr1', address: { cidr: '192.0.2.7/24', gateway: '192.0.2.1', dns: ['192.0.2.53'] } },
        { network: 'vnet0' },
      ],
      metadata: { vlan: 7, tags: ['Prod'], cpuType: 'host' },
      guest: { hostname: null, sshKeys: [KEY], userData: null, adminPassword: 'secret' },
    });
    expect(ref.nativeId).toBe(String(stand.vmidOf(instance)));
    expect(made.status).toMatchObject({
      cpus: 2,
      memoryMib: 256,
      disks: [{ sizeGib: 3 }, { sizeGib: 1 }],
      power: 'on',
    });
    const config = await stand.admin.config(ref.nativeId);
    expect(config).toMatchObject({
      cpu: 'host',
      ipconfig0: 'ip=192.0.2.7/24,gw=192.0.2.1',
      ipconfig1: 'ip=dhcp',
      nameserver: '192.0.2.53',
      cipassword: '**********',
      sshkeys: encodeURIComponent(KEY),
    });
    expect(config['net0']).toMatch(/bridge=vmbr1.*tag=7/);
    expect(config['net1']).toMatch(/bridge=vnet0/);
    expect(String(config['tags']).split(';')).toEqual(expect.arrayContaining(['dcm', 'prod']));
    const rows = (await stand.admin.rest.call('GET', '/pools/dcm')) as { members: { vmid?: number }[] };
    expect(rows.members.map(({ vmid }) => vmid)).toContain(stand.vmidOf(instance));
  });

  it('is a linked clone where that is asked for, on the image’s own storage', async () => {
    const adapter = stand.open({ options: { storage: undefined } });
    const { ref } = await stand.vm(adapter, { metadata: { fullClone: false }, poweredOn: false });
    const clones = stand.proxy.calls.filter((call) => call.endsWith('/clone'));
    expect(clones.at(-1)).toBe('POST /api2/json/nodes/pve1/qemu/9000/clone');
    expect(String((await stand.admin.config(ref.nativeId))['scsi0'])).toMatch(/^ceph:(base-9000-disk-0\/)?vm-/);
  });

  it('is made on the node that owns the template when its disks are local', async () => {
    const adapter = stand.open({ options: { storage: 'local-lvm' } });
    const image = { name: 'debian-12', source: '9002' };
    const { ref } = await stand.vm(adapter, { image, poweredOn: false });
    expect(await stand.admin.path(ref.nativeId)).toContain('/nodes/pve2/');
  });

  it('is spread over the nodes although their use of memory lags', async () => {
    const adapter = stand.open();
    const made = await Promise.all(
      Array.from({ length: 6 }, () => stand.vm(adapter, { memoryMib: 4_096, poweredOn: false })),
    );
    const nodes = new Set(
      await Promise.all(made.map(async ({ ref }) => (await stand.admin.path(ref.nativeId)).split('/')[2])),
    );
    expect(nodes.size).toBe(3);
  });

  it('is given to the HA manager where that is asked for, which starts, stops and forgets it', async () => {
    await stand.admin.grant('/', 'PVEAdmin', true);
    const adapter = stand.open();
    const { instance, made, ref } = await stand.vm(adapter, { metadata: { ha: true } });
    expect(made.status.power).toBe('on');
    const managed = async (): Promise<string[]> =>
      ((await stand.admin.rest.call('GET', '/cluster/ha/resources')) as { sid: string }[]).map(({ sid }) => sid);
    expect(await managed()).toEqual([`vm:${ref.nativeId}`]);
    const off = await adapter.powerCycle(ref, { action: 'OFF', mode: 'HARD' }, stand.context(instance));
    expect(off.power).toBe('off');
    await adapter.powerCycle(ref, { action: 'ON' }, stand.context(instance));
    const target = { ownership: instance.ownership, nativeIds: [ref.nativeId] };
    expect(await adapter.deleteVm(target, stand.context(instance))).toBe('DELETED');
    expect(await managed()).toEqual([]);
    await stand.admin.grant('/', 'PVEAdmin', false);
  });

  it('shows its static address until an agent tells others', async () => {
    const networks = [{ network: 'vmbr0', address: { cidr: '192.0.2.7/24' } }];
    const { made } = await stand.vm(stand.open(), { networks });
    expect(made.status.addresses).toMatchObject([{ address: '192.0.2.7', source: 'cloud-init', primary: true }]);
  });

  it('leaves no volume behind when it is deleted', async () => {
    const adapter = stand.open();
    const { instance, ref } = await stand.vm(adapter, { disks: [{ sizeGib: 3 }, { sizeGib: 1 }] });
    expect(await stand.admin.volumesOf(stand.vmidOf(instance))).not.toEqual([]);
    const target = { ownership: instance.ownership, nativeIds: [ref.nativeId] };
    expect(await adapter.deleteVm(target, stand.context(instance))).toBe('DELETED');
    expect(await stand.admin.volumesOf(stand.vmidOf(instance))).toEqual([]);
  });
});

describe('on Proxmox VE 8', () => {
  let stand: Stand;

  beforeAll(async () => {
    stand = await Stand.start({ version: '8.4', guestDelayMs: 100, addressDelayMs: 0 });
  });
  afterAll(() => stand.stop());

  it('the least role of that release is enough, and its names are those that are missed', async () => {
    const adapter = stand.open();
    expect(await adapter.checkHealth(stand.look())).toMatchObject({ loggedIn: true, missingPrivileges: [] });
    const { ref } = await stand.vm(adapter);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await adapter.getVmStatus(ref, stand.look())).toMatchObject({ guestTools: 'running', power: 'on' });
    await stand.admin.grant('/pool/dcm', 'DCMProvisioner', false);
    const { missingPrivileges } = await adapter.checkHealth(stand.look());
    expect(missingPrivileges).toEqual(expect.arrayContaining(['VM.Allocate', 'VM.Monitor']));
    expect(missingPrivileges).not.toContain('VM.GuestAgent.Audit');
    await stand.admin.grant('/pool/dcm', 'DCMProvisioner', true);
    await stand.clear();
  });
});
