import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decodeMark } from '@dcm/contracts';
import { Stand, START_TIMEOUT_MS } from './stand';
import { until } from './until';

const PYTHON = '/usr/bin/python3';
const hasPyvmomi = spawnSync(PYTHON, ['-W', 'ignore', '-c', 'import pyVmomi']).status === 0;

/** The guest's data as cloud-init would read it. */
const metadataIn = (settings: ReadonlyMap<string, string>): Record<string, unknown> =>
  JSON.parse(Buffer.from(settings.get('guestinfo.metadata') ?? '', 'base64').toString('utf8')) as Record<
    string,
    unknown
  >;

describe('a VM in a simulated vCenter', () => {
  let stand: Stand;

  beforeAll(async () => {
    stand = await Stand.start();
  }, START_TIMEOUT_MS);
  afterEach(() => stand.clear());
  afterAll(() => stand.stop());

  (hasPyvmomi ? it : it.skip)("is seen with its mark, size and power by VMware's own client", async () => {
    const userData = '#cloud-config\n# Žluť 😀\n';
    const { instance } = await stand.vm(stand.open(), {
      cpus: 2,
      memoryMib: 512,
      guest: { hostname: 'web.example.com', sshKeys: ['ssh-ed25519 AAAA me'], userData },
    });
    const folder = mkdtempSync(join(tmpdir(), 'dcm-pyvmomi-'));
    const ca = join(folder, 'ca.pem');
    writeFileSync(ca, stand.vcsim.ca ?? '');
    const { url, username, password } = stand.vcsim;
    const env = { ...process.env, VC_URL: url, VC_USERNAME: username, VC_PASSWORD: password, VC_CA: ca };
    const { stdout } = await promisify(execFile)(PYTHON, [join(__dirname, 'vcenter.py'), instance.instanceId], { env });
    rmSync(folder, { recursive: true });
    const seen = JSON.parse(stdout) as Record<string, unknown> & { settings: Record<string, string> };
    expect(seen).toMatchObject({
      name: instance.spec.platformName,
      folder: 'dcm',
      cpus: 2,
      memoryMib: 512,
      power: 'poweredOn',
    });
    expect(decodeMark(seen.settings['dcm.mark'] ?? '')).toEqual({
      ownership: instance.ownership,
      nativeIdentity: instance.instanceId,
    });
    const settings = new Map(Object.entries(seen.settings));
    expect(metadataIn(settings)).toEqual({
      'instance-id': instance.instanceId,
      'local-hostname': 'web.example.com',
      'public-keys': ['ssh-ed25519 AAAA me'],
    });
    expect(Buffer.from(settings.get('guestinfo.userdata') ?? '', 'base64').toString('utf8')).toBe(userData);
  });

  it('gets the cards of its networks, each told to the guest by its address', async () => {
    const networks = [
      { network: 'DC0_DVPG0', address: { cidr: '192.0.2.7/24', gateway: '192.0.2.1', dns: ['192.0.2.53'] } },
      { network: 'VM Network' },
    ];
    const { made, ref } = await stand.vm(stand.open(), { networks });
    const settings = await stand.admin.settings(ref.nativeId);
    const { 'config.hardware.device': devices } = await stand.admin.read(ref.nativeId, ['config.hardware.device']);
    const macs = (devices as Record<string, unknown>[]).flatMap(({ macAddress }) => macAddress ?? []);
    expect(macs).toHaveLength(2);
    expect(metadataIn(settings)).toMatchObject({
      'local-hostname': 'web',
      network: {
        version: 2,
        ethernets: {
          nic0: {
            match: { macaddress: macs[0] },
            addresses: ['192.0.2.7/24'],
            routes: [{ to: '0.0.0.0/0', via: '192.0.2.1' }],
            nameservers: { addresses: ['192.0.2.53'] },
          },
          nic1: { match: { macaddress: macs[1] }, dhcp4: true },
        },
      },
    });
    expect(made.status.power).toBe('on');
  });

  it('tells the addresses of its own cards once VMware Tools run', async () => {
    const adapter = stand.open();
    const { ref } = await stand.vm(adapter, { networks: [{ network: 'DC0_DVPG0' }] });
    await until(async () => (await adapter.getVmStatus(ref, stand.look())).addresses.length > 0);
    const { addresses, guestTools } = await adapter.getVmStatus(ref, stand.look());
    expect(guestTools).toBe('running');
    expect(addresses).toEqual([
      expect.objectContaining({
        address: expect.stringMatching(/^10\.77\./) as string,
        mac: expect.stringMatching(/^00:50:56:/) as string,
        network: 'DC0_DVPG0',
        source: 'guest-tools',
        primary: true,
      }),
    ]);
  });

  it('is made blank, with disks and cards of its own', async () => {
    const { made } = await stand.vm(stand.open(), {
      image: null,
      disks: Array.from({ length: 17 }, (_, index) => ({ sizeGib: index + 1 })),
      metadata: { guestId: 'debian11_64Guest' },
      poweredOn: false,
    });
    expect(made.status.disks.map(({ sizeGib }) => sizeGib)).toEqual(
      Array.from({ length: 17 }, (_, index) => index + 1),
    );
    const { 'config.guestId': guestId } = await stand.admin.read(made.status.nativeId, ['config.guestId']);
    expect(guestId).toBe('debian11_64Guest');
  });

  it('stays exactly one when two adapters make it at once, twenty times', async () => {
    const [one, other] = [stand.open(), stand.open()];
    const instances = Array.from({ length: 20 }, () => stand.instance({ disks: [{ sizeGib: 9 }, { sizeGib: 1 }] }));
    await Promise.all(
      instances.map(async (instance) => {
        const outcomes = await Promise.all(
          [one, other].map((adapter, index) =>
            stand.provision(adapter, instance, stand.context(instance, { attempt: index + 1 })),
          ),
        );
        expect(new Set(outcomes.map(({ status }) => status.nativeId)).size).toBe(1);
        expect(outcomes.map(({ how }) => how).sort()).toEqual(['adopted', 'created']);
        for (const { status } of outcomes) {
          expect(status).toMatchObject({ power: 'on', disks: [{ sizeGib: 9 }, { sizeGib: 1 }] });
        }
      }),
    );
    expect(await stand.admin.listVms()).toHaveLength(20);
  }, 60_000);

  it('goes where the site and the request say', async () => {
    const adapter = stand.open({ options: { folder: 'made/by/dcm', cluster: 'DC0_H0', datastore: 'LocalDS_0' } });
    const { ref } = await stand.vm(adapter);
    const { parent, 'runtime.host': host } = await stand.admin.read(ref.nativeId, ['parent', 'runtime.host']);
    expect(host).toMatchObject({ type: 'HostSystem' });
    const plan = await adapter.plan(stand.instance().spec, stand.look());
    expect(plan.scope).toMatchObject({ datacenter: '/DC0', cluster: '/DC0/host/DC0_H0', folder: 'made/by/dcm' });
    const metadata = { folder: 'made/by', cluster: 'DC0_C0' };
    await until(async () => {
      const { diagnostics } = await adapter.plan(stand.instance({ metadata }).spec, stand.look());
      return diagnostics.length === 0;
    });
    const inPlace = await stand.vm(adapter, { metadata });
    const moved = await stand.admin.read(inPlace.ref.nativeId, ['parent']);
    expect(moved['parent']).not.toEqual(parent);
  });

  it('has the advanced settings that it may have', async () => {
    const extraConfig = { 'disk.EnableUUID': 'TRUE', 'guestinfo.role': 'db <&> Žluť', 'vhv.enable': 'TRUE' };
    const adapter = stand.open({ options: { extraConfig: ['vhv.*'] } });
    const { ref, instance } = await stand.vm(adapter, { metadata: { extraConfig } });
    const settings = await stand.admin.settings(ref.nativeId);
    for (const [key, value] of Object.entries(extraConfig)) expect(settings.get(key)).toBe(value);
    expect(decodeMark(settings.get('dcm.mark') ?? '')?.ownership).toEqual(instance.ownership);
  });

  it('is not made with settings that its site does not allow', async () => {
    const instance = stand.instance({ metadata: { extraConfig: { 'vhv.enable': 'TRUE' } } });
    const plan = await stand.open({ options: { extraConfig: ['vhv.*'] } }).plan(instance.spec, stand.look());
    const strict = stand.open();
    expect((await strict.plan(instance.spec, stand.look())).diagnostics).toMatchObject([
      { severity: 'error', pointer: '/metadata/vsphere/extraConfig/vhv.enable' },
    ]);
    await expect(strict.provisionVm({ spec: instance.spec, plan }, stand.context(instance))).rejects.toMatchObject({
      reason: 'INVALID_SPEC',
      effect: 'NONE',
    });
  });

  it('is not made in a folder that nobody allowed DCM to make', async () => {
    const adapter = stand.open({ options: { folder: 'nowhere', createFolder: false } });
    const plan = await adapter.plan(stand.instance().spec, stand.look());
    expect(plan.diagnostics).toEqual([{ severity: 'error', pointer: '', message: 'there is no VM folder nowhere' }]);
  });
});
