import { Stand } from './stand';

jest.setTimeout(120_000);

const until = async (what: () => Promise<boolean>): Promise<void> => {
  const endsAt = performance.now() + 20_000;
  while (!(await what())) {
    if (performance.now() > endsAt) throw new Error('it does not come about');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

describe('a cluster of which a part is away', () => {
  let stand: Stand;
  const nodeOf = async (nativeId: string): Promise<string> => (await stand.admin.path(nativeId)).split('/')[2] ?? '';
  const isOffline = async (name: string): Promise<boolean> => {
    const nodes = (await stand.admin.rest.call('GET', '/nodes')) as { node: string; status: string }[];
    return nodes.some(({ node, status }) => node === name && status === 'offline');
  };

  beforeEach(async () => {
    stand = await Stand.start();
  });
  afterEach(async () => {
    await stand.clear();
    await stand.stop();
  });

  it('places VMs on the nodes that are there, and reads on', async () => {
    const adapter = stand.openWide();
    const { ref } = await stand.vm(adapter, { metadata: { node: 'pve2' } });
    await stand.proxmox.control.killNode('pve3');
    await until(() => isOffline('pve3'));
    const fresh = stand.openWide();
    const made = await Promise.all(Array.from({ length: 6 }, () => stand.vm(fresh, { poweredOn: false })));
    for (const one of made) expect(await nodeOf(one.ref.nativeId)).not.toBe('pve3');
    expect(await fresh.getVmStatus(ref, stand.look())).toMatchObject({ power: 'on' });
    const resources = await fresh.listResources(stand.look());
    expect(resources.find(({ name }) => name === 'pve3')?.available).toBe(false);
    expect(await fresh.checkHealth(stand.look())).toMatchObject({
      loggedIn: true,
      detail: expect.stringContaining('pve3') as string,
    });
    await stand.proxmox.control.reviveNode('pve3');
  });

  it('lets those wait whose VM or template is on a node that died, and loses none', async () => {
    const adapter = stand.openWide();
    const { instance, ref } = await stand.vm(adapter, { metadata: { node: 'pve3' } });
    await stand.proxmox.control.killNode('pve3');
    const waits = {
      reason: 'HOST_UNREACHABLE',
      effect: 'NONE',
      retryable: true,
      pausesSite: false,
      countsAsAttempt: false,
    };
    await expect(adapter.getVmStatus(ref, stand.look())).rejects.toMatchObject(waits);
    await expect(adapter.powerCycle(ref, { action: 'ON' }, stand.context(instance))).rejects.toMatchObject(waits);
    const target = { ownership: instance.ownership, nativeIds: [ref.nativeId] };
    await expect(adapter.deleteVm(target, stand.context(instance))).rejects.toMatchObject(waits);
    const rows: string[] = [];
    for await (const page of adapter.listVms({ pageSize: 50, signal: stand.look().signal })) {
      rows.push(...page.rows.map(({ nativeId }) => nativeId));
    }
    expect(rows).toContain(ref.nativeId);
    await until(() => isOffline('pve3'));
    const local = stand.openWide({ options: { storage: 'local-lvm' } });
    const spec = stand.instance({ image: { name: 'debian-12', source: '9003' } }).spec;
    await expect(local.plan(spec, stand.look())).rejects.toMatchObject(waits);
    await stand.proxmox.control.reviveNode('pve3');
    await until(async () => !(await isOffline('pve3')));
    expect((await local.plan(spec, stand.look())).diagnostics).toEqual([]);
    expect((await adapter.powerCycle(ref, { action: 'ON' }, stand.context(instance))).power).toBe('on');
  });

  it('is reached through another node when its first address is dead', async () => {
    const adapter = stand.openWide();
    const { ref } = await stand.vm(adapter, { metadata: { node: 'pve2' } });
    await stand.proxmox.control.killNode('pve1');
    expect(await adapter.getVmStatus(ref, stand.look())).toMatchObject({ power: 'on' });
    expect((await stand.openWide().checkHealth(stand.look())).loggedIn).toBe(true);
    await stand.proxmox.control.reviveNode('pve1');
  });

  it('is read without quorum, and changed when it has it again', async () => {
    const adapter = stand.openWide();
    const { ref } = await stand.vm(adapter);
    stand.proxmox.control.setQuorum(false);
    expect(await adapter.getVmStatus(ref, stand.look())).toMatchObject({ power: 'on' });
    const instance = stand.instance();
    await expect(stand.provision(adapter, instance)).rejects.toMatchObject({
      reason: 'SITE_UNREACHABLE',
      effect: 'NONE',
      retryable: true,
      countsAsAttempt: false,
    });
    stand.proxmox.control.setQuorum(true);
    expect(await stand.provisionInTheEnd(adapter, instance)).toMatchObject({ power: 'on' });
    expect(await stand.namesakes(instance)).toHaveLength(1);
  });
});

describe('a clone whose worker is killed before it wrote a mark', () => {
  let stand: Stand;

  beforeAll(async () => {
    stand = await Stand.start({ taskDelayMs: { qmclone: 300 } });
  });
  afterAll(async () => {
    await stand.clear();
    await stand.stop();
  });

  it('is left to an operator after a while, and never touched; then the same number is used', async () => {
    const instance = stand.instance();
    const vmid = stand.vmidOf(instance);
    stand.proxmox.control.killNextTask('qmclone', 50);
    const context = stand.context(instance);
    await expect(stand.provision(stand.open(), instance, context)).rejects.toMatchObject({
      reason: 'QUESTION_PENDING',
      retryable: false,
      message: expect.stringContaining(`qm unlock ${vmid}`) as string,
    });
    expect(await stand.admin.config(String(vmid))).toMatchObject({ lock: 'clone' });
    const target = { ownership: instance.ownership, nativeIds: [] };
    const resume = context.checkpoints.at(-1) ?? '';
    await expect(stand.open().deleteVm(target, stand.context(instance, { attempt: 2, resume }))).rejects.toMatchObject({
      reason: 'QUESTION_PENDING',
    });
    stand.proxmox.control.setLock(vmid, null);
    await stand.admin.deleteVm(String(vmid));
    const { how } = await stand.provision(stand.open(), instance, stand.context(instance, { attempt: 3 }));
    expect(how).toBe('created');
    expect(await stand.namesakes(instance)).toEqual([String(vmid)]);
  });
});
