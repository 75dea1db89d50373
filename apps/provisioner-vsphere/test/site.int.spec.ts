import { DcmError, siteNameSchema, type SiteTls } from '@dcm/contracts';
import { VsphereAdapter } from '../src/vsphere.adapter';
import { Stand, START_TIMEOUT_MS } from './stand';
import { aSite } from './a.site';

describe('a site', () => {
  let stand: Stand;

  beforeAll(async () => {
    stand = await Stand.start({ datacenters: 2, pools: 1, vms: 1 });
  }, START_TIMEOUT_MS);
  afterEach(() => stand.clear());
  afterAll(() => stand.stop());

  const direct = (tls: SiteTls): VsphereAdapter => {
    const adapter = new VsphereAdapter({ ...aSite(stand.vcsim, { options: { datacenter: 'DC1' } }), tls });
    return adapter;
  };

  it('believes the authority that it was given, and no other certificate', async () => {
    const trusted = direct({ kind: 'ca', pem: stand.vcsim.ca ?? '' });
    expect(await trusted.checkHealth(stand.look())).toMatchObject({ loggedIn: true, detail: 'ok' });
    await trusted.close();
    for (const tls of [{ kind: 'system' }, { kind: 'pin', sha256: 'ab'.repeat(32) }] as const) {
      const wary = direct(tls);
      await expect(wary.listResources(stand.look())).rejects.toMatchObject({ reason: 'TLS_UNTRUSTED', effect: 'NONE' });
      expect(await wary.checkHealth(stand.look())).toMatchObject({ reachable: false, loggedIn: false });
      await wary.close();
    }
  });

  it('refuses settings by which the password would leave the machine in the clear', () => {
    const site = { ...aSite(stand.vcsim), url: new URL('http://192.0.2.1/sdk'), name: siteNameSchema.parse('far') };
    expect(() => new VsphereAdapter(site)).toThrow(DcmError);
    expect(() => new VsphereAdapter(site)).toThrow(/site far/);
  });

  it('must be told which of several datacenters it is', async () => {
    const adapter = stand.open();
    await expect(adapter.listResources(stand.look())).rejects.toMatchObject({
      reason: 'PLACEMENT_NOT_FOUND',
      message: expect.stringMatching(/\/DC0, \/DC1/) as string,
    });
    expect(await adapter.checkHealth(stand.look())).toMatchObject({
      loggedIn: true,
      detail: expect.stringMatching(/datacenter/) as string,
    });
    await expect(
      stand.open({ options: { datacenter: 'DC7' } }).plan(stand.instance().spec, stand.look()),
    ).rejects.toMatchObject({ reason: 'PLACEMENT_NOT_FOUND' });
  });

  it('lists clusters, hosts and pools of its datacenter with capacity in the right units', async () => {
    const pools = await stand.open({ options: { datacenter: 'DC1' } }).listResources(stand.look());
    expect(pools.map(({ kind, path }) => [kind, path]).sort()).toEqual([
      ['cluster', '/DC1/host/DC1_C0'],
      ['host', '/DC1/host/DC1_H0'],
      ['resource-pool', '/DC1/host/DC1_C0/Resources/DC1_C0_RP1'],
    ]);
    const cluster = pools.find(({ kind }) => kind === 'cluster')!;
    expect(cluster).toMatchObject({
      available: true,
      capacity: { cpuCores: 48, cpuTotalMhz: 48 * 2294, cpuUsedMhz: 3 * 67, memoryTotalMib: 3 * 128 * 1024 },
      storages: [{ name: 'LocalDS_0', type: 'VMFS', shared: true, available: true, totalGib: 10_240 }],
      images: [{ name: 'debian-12-template', guestOs: 'debian12_64Guest' }],
    });
    expect(cluster.capacity.memoryUsedMib).toBe(3 * 1404);
    expect(cluster.networks.map(({ name, kind }) => [name, kind]).sort()).toEqual([
      ['DC1_DVPG0', 'distributed'],
      ['VM Network', 'standard'],
    ]);
  });

  it('takes names only of its own datacenter', async () => {
    const adapter = stand.open({ options: { datacenter: '/DC1' } });
    const { spec } = stand.instance({ networks: [{ network: 'DC0_DVPG0' }], metadata: { cluster: 'DC0_C0' } });
    const { diagnostics } = await adapter.plan(spec, stand.look());
    expect(diagnostics.map(({ pointer }) => pointer)).toEqual(['/metadata/vsphere/cluster']);
  });

  it('names the privilege that is missing and the object on which it is', async () => {
    const adapter = stand.open({ options: { datacenter: 'DC1' } });
    const { spec, ...instance } = stand.instance();
    const plan = await adapter.plan(spec, stand.look());
    const fields = '<object type="Folder">group-v9</object><privilegeId>VirtualMachine.Inventory.Create</privilegeId>';
    stand.proxy.refuse('CloneVM_Task', 'NoPermission', fields);
    await expect(adapter.provisionVm({ spec, plan }, stand.context({ ...instance, spec }))).rejects.toMatchObject({
      reason: 'MISSING_PRIVILEGE',
      effect: 'NONE',
      native: 'NoPermission',
      message: expect.stringMatching(/VirtualMachine\.Inventory\.Create on Folder group-v9/) as string,
    });
  });

  it('tells which privileges its account lacks', async () => {
    const adapter = stand.open({ options: { datacenter: 'DC1' } });
    const restore = stand.proxy.rewriteAnswers((operation, answer) =>
      operation === 'HasPrivilegeOnEntities'
        ? answer.replace(/(<privId>VirtualMachine\.Interact\.Reset<\/privId><isGranted>)true/g, '$1false')
        : answer,
    );
    expect(await adapter.checkHealth(stand.look())).toMatchObject({
      loggedIn: true,
      missingPrivileges: ['VirtualMachine.Interact.Reset'],
    });
    restore();
  });

  it('never calls a listing complete when its account may not see the folder any more', async () => {
    const adapter = stand.open({ options: { datacenter: 'DC1' } });
    const restore = stand.proxy.rewriteAnswers((operation, answer) =>
      operation === 'HasPrivilegeOnEntities' ? answer.replace(/true/g, 'false') : answer,
    );
    const completes: boolean[] = [];
    const scan = async (): Promise<void> => {
      for await (const page of adapter.listVms({ pageSize: 2, signal: stand.look().signal })) {
        completes.push(page.complete);
      }
    };
    await expect(scan()).rejects.toMatchObject({ reason: 'MISSING_PRIVILEGE' });
    expect(completes).not.toContain(true);
    restore();
  });

  it('lists every VM once although their references come in pages, and believes no answer without the view itself', async () => {
    const adapter = stand.open({ options: { datacenter: 'DC1' } });
    const { ref } = await stand.vm(adapter);
    const scan = async (): Promise<string[]> => {
      const seen: string[] = [];
      for await (const { rows } of adapter.listVms({ pageSize: 2, signal: stand.look().signal })) {
        seen.push(...rows.map(({ nativeId }) => nativeId));
      }
      return seen;
    };
    const seen = await scan();
    expect(seen).toContain(ref.nativeId);
    expect(new Set(seen).size).toBe(seen.length);
    const restore = stand.proxy.rewriteAnswers((operation, answer) =>
      operation === 'RetrievePropertiesEx' && answer.includes('>recursive<')
        ? answer.replace(/<objects>.*<\/objects>/s, '')
        : answer,
    );
    await expect(scan()).rejects.toMatchObject({ reason: 'SITE_UNREACHABLE' });
    restore();
  });

  it('does not take what it may not read for a VM without a mark', async () => {
    const adapter = stand.open({ options: { datacenter: 'DC1' } });
    const { ref } = await stand.vm(adapter);
    const restore = stand.proxy.rewriteAnswers((operation, answer) =>
      operation === 'RetrievePropertiesEx'
        ? answer.replace(
            /<propSet><name>config\.extraConfig<\/name>.*?<\/propSet>/gs,
            '<missingSet><path>config.extraConfig</path><fault><fault xsi:type="NoPermission"><object type="VirtualMachine">' +
              'vm-1</object><privilegeId>System.Read</privilegeId></fault></fault></missingSet>',
          )
        : answer,
    );
    await expect(adapter.getVmStatus(ref, stand.look())).rejects.toMatchObject({ reason: 'MISSING_PRIVILEGE' });
    const found = adapter.findVm(ref.ownership, { nativeIds: [], earlierNumbers: [] }, stand.look());
    await expect(found).rejects.toMatchObject({ reason: 'MISSING_PRIVILEGE' });
    restore();
  });

  it('does not create from a template that was changed after the plan was approved', async () => {
    const adapter = stand.open({ options: { datacenter: 'DC1' } });
    const instance = stand.instance();
    const plan = await adapter.plan(instance.spec, stand.look());
    const changed = { ...plan, image: { ...plan.image!, version: 'yesterday' } };
    const creation = adapter.provisionVm({ spec: instance.spec, plan: changed }, stand.context(instance));
    await expect(creation).rejects.toMatchObject({ reason: 'IMAGE_NOT_FOUND', effect: 'NONE' });
  });
});
