import { vmIdOf } from '@dcm/runtime';
import { waitUntil } from '@dcm/messaging/testing';
import { OperationsStand } from './operations-stand';
import { conditionOf, PresenceScene } from './presence-scene';
import { anError } from './scene.builder';

jest.setTimeout(60_000);

const quietScans = { DCM_SCAN_MS: '3600000', DCM_SWEEP_MS: '20' };

describe('what scans tell of the presence of VMs', () => {
  let stand: OperationsStand;
  let scene: PresenceScene;

  beforeAll(async () => {
    stand = await OperationsStand.open(quietScans);
  });
  afterAll(() => stand.close());
  afterEach(async () => {
    await stand.assertInvariants();
    expect(scene.home.provisioner.mishaps).toEqual([]);
  });

  it('is nothing new while every VM is there: the site is told, no VM', async () => {
    scene = await PresenceScene.open(stand, 3);
    const before = await scene.told();
    const stranger = { nativeId: 'foreign', name: 'db', ownership: null, power: 'on' } as const;
    expect(await scene.scan([...scene.rows(), stranger])).toMatchObject({
      vms: 4,
      ours: 3,
      missing: 0,
      isSuspect: false,
      detail: null,
    });
    await scene.quiet();
    expect(await scene.told()).toBe(before);
    expect(scene.home.provisioner.commands('status')).toEqual([]);
  });

  it('is "missing" after two scans and a direct look, and the VM keeps its quota and its name', async () => {
    scene = await PresenceScene.open(stand, 3);
    const [gone] = scene.vms;
    scene.remove(gone!);
    expect(await scene.scan()).toMatchObject({ missing: 1, isSuspect: false });
    await scene.quiet();
    expect([await scene.presence(), scene.home.provisioner.commands('status')]).toEqual([
      ['present', 'present', 'present'],
      [],
    ]);
    expect(await scene.scan()).toMatchObject({ missing: 1 });
    const vm = await scene.until(gone!, { presence: 'missing' });
    expect(vm).toMatchObject({ lifecycle: 'active', power: 'unknown', addresses: [] });
    expect(conditionOf(vm, 'InSync')).toEqual({ status: 'false', reason: 'Missing' });
    expect(await stand.ledger(gone!)).toBe('used');
    const told = await scene.told();
    await scene.scan();
    await scene.quiet();
    expect([await scene.told(), scene.home.provisioner.commands('status').length]).toEqual([told, 1]);
  });

  it('is "present" again, as it is now, when a missing VM reappears', async () => {
    scene = await PresenceScene.open(stand, 1);
    const [id] = scene.vms;
    const vm = scene.home.provisioner.vms.get(vmIdOf(id!))!;
    scene.remove(id!);
    await scene.scan();
    await scene.scan();
    await scene.until(id!, { presence: 'missing' });
    scene.home.provisioner.vms.set(vmIdOf(id!), { ...vm, power: 'off', cpus: 8 });
    await scene.scan();
    const back = await scene.until(id!, { presence: 'present', power: 'off' });
    expect(conditionOf(back, 'InSync')).toEqual({ status: 'false', reason: 'CpusDiffer' });
    scene.change(id!, { cpus: 2, power: 'on' });
    await scene.scan();
    expect(conditionOf(await scene.until(id!, { power: 'on' }), 'InSync')).toEqual({
      status: 'true',
      reason: 'AsGranted',
    });
  });

  it('lets a missing VM be deleted: what is not there is gone, and its quota is free', async () => {
    scene = await PresenceScene.open(stand, 1);
    const [id] = scene.vms;
    scene.remove(id!);
    await scene.scan();
    await scene.scan();
    await scene.until(id!, { presence: 'missing' });
    await stand.until(await stand.delete(scene.home, id!), 'succeeded');
    expect([(await scene.vm(id!)).lifecycle, await stand.ledger(id!)]).toEqual(['deleted', 'nothing']);
    expect(await scene.scan()).toMatchObject({ missing: 0 });
  });

  it('is not "missing" while nobody can look, or while the direct look finds it', async () => {
    scene = await PresenceScene.open(stand, 2);
    const [blind, hidden] = scene.vms;
    const found = scene.home.provisioner.vms.get(vmIdOf(hidden!))!;
    scene.home.provisioner.vms.clear();
    scene.home.provisioner.look = ({ instanceId }) =>
      instanceId === vmIdOf(blind!) ? anError('MISSING_PRIVILEGE') : [found];
    await scene.scan();
    await scene.scan();
    await waitUntil(() => scene.home.provisioner.commands('status').length === 2, 'two direct looks');
    await waitUntil(async () => (await scene.presence()).length === 2, 'the answers');
    await scene.scan();
    await waitUntil(() => scene.home.provisioner.commands('status').length === 4, 'two more direct looks');
    expect(await scene.presence()).toEqual(['present', 'present']);
  });

  it('counts pages in any order and twice, of one run only', async () => {
    scene = await PresenceScene.open(stand, 3);
    const [a, b, c] = scene.rows();
    const scanId = await scene.ask();
    // The first run told of `b` on its last page and died; the second begins anew, and there `b` is on the first page.
    await scene.page(scanId, 0, { run: '1', rows: [a!] });
    await scene.page(scanId, 1, { run: '2', rows: [c!], complete: true });
    await scene.page(scanId, 1, { run: '2', rows: [c!], complete: true });
    const isComplete = 'SELECT 1 FROM approvals.scan WHERE id = $1 AND completed_at IS NOT NULL';
    expect(await stand.rows(isComplete, [scanId])).toEqual([]);
    await scene.page(scanId, 0, { run: '2', rows: [a!, b!] });
    expect(await scene.completed(scanId)).toMatchObject({ vms: 3, ours: 3, missing: 0 });
    await scene.page(scanId, 2, { run: '1', rows: [], complete: true });
    const kept = await stand.rows<{ run: string }>('SELECT DISTINCT run FROM approvals.discovered WHERE scan_id = $1', [
      scanId,
    ]);
    expect(kept).toEqual([{ run: '2' }]);
  });

  it('is nothing from a scan that broke off or never ended; it is given up and asked for again', async () => {
    scene = await PresenceScene.open(stand, 1);
    scene.home.provisioner.vms.clear();
    const first = await scene.ask();
    await scene.page(first, 0, { error: anError('MISSING_PRIVILEGE') });
    const failed = 'SELECT 1 FROM approvals.scan WHERE id = $1 AND error IS NOT NULL';
    await waitUntil(async () => (await stand.rows(failed, [first])).length === 1, 'the scan to have failed');
    const second = await scene.ask();
    await scene.page(first, 0, { rows: [], complete: true });
    expect(await stand.rows('SELECT id FROM approvals.scan WHERE id = $1', [first])).toEqual([]);
    await scene.page(second, 0, { rows: [], complete: true });
    expect(await scene.completed(second)).toMatchObject({ missing: 1 });
    expect(await scene.presence()).toEqual(['present']);
  });

  it('spares a VM that was created while the scan was under way, and one that an operation is at work on', async () => {
    scene = await PresenceScene.open(stand, 1);
    const scanId = await scene.ask();
    const rows = scene.rows();
    const young = await stand.create(scene.home);
    await stand.until(young, 'succeeded');
    await scene.page(scanId, 0, { rows, complete: true });
    expect(await scene.completed(scanId)).toMatchObject({ missing: 0 });
    scene.home.provisioner.act = async (command) => {
      await scene.home.provisioner.ask('claim', command);
    };
    await stand.power(scene.home, young);
    await waitUntil(() => scene.home.provisioner.commands('power').length === 1, 'the operation to be at work');
    for (let round = 0; round < 3; round++) expect(await scene.scan(rows)).toMatchObject({ missing: 0 });
    expect((await scene.vm(young)).presence).toBe('present');
  });

  it('does not bring back a VM that was deleted while the scan was under way', async () => {
    scene = await PresenceScene.open(stand, 1);
    const [id] = scene.vms;
    const scanId = await scene.ask();
    const rows = scene.rows();
    await stand.until(await stand.delete(scene.home, id!), 'succeeded');
    await scene.page(scanId, 0, { rows, complete: true });
    expect(await scene.completed(scanId)).toMatchObject({ ours: 1, missing: 0 });
    await scene.quiet();
    expect(await scene.vm(id!)).toMatchObject({ lifecycle: 'deleted', presence: 'missing' });
  });

  it('shows a VM whose mark was taken away as out of sync, and puts it right when the mark is back', async () => {
    scene = await PresenceScene.open(stand, 1);
    const [id] = scene.vms;
    const { platformName } = await scene.vm(id!);
    const unmarked = scene.rows().map((row) => ({ ...row, name: platformName, ownership: null }));
    const vm = scene.home.provisioner.vms.get(vmIdOf(id!))!;
    scene.remove(id!);
    await scene.scan(unmarked);
    await scene.untilInSync(id!, 'MarkRemoved');
    await scene.scan(unmarked);
    await scene.scan(unmarked);
    await scene.quiet();
    expect((await scene.vm(id!)).presence).toBe('present');
    scene.home.provisioner.vms.set(vmIdOf(id!), vm);
    await scene.scan();
    await scene.untilInSync(id!, 'AsGranted');
  });

  it("takes no administrator's copy for the VM: a copy bears no mark and another id", async () => {
    scene = await PresenceScene.open(stand, 1);
    const [id] = scene.vms;
    const { platformName } = await scene.vm(id!);
    const copy = { nativeId: 'copy', name: `${platformName}-copy`, ownership: null, power: 'off' } as const;
    expect(await scene.scan([...scene.rows(), copy])).toMatchObject({ vms: 2, ours: 1, missing: 0 });
    scene.remove(id!);
    await scene.scan([copy]);
    await scene.scan([copy]);
    await scene.until(id!, { presence: 'missing' });
  });

  it('reads a VM again that was switched off by hand', async () => {
    scene = await PresenceScene.open(stand, 2);
    const [id] = scene.vms;
    scene.change(id!, { power: 'off', nativeState: 'poweredOff' });
    const before = await scene.told();
    await scene.scan();
    await scene.until(id!, { power: 'off', nativeState: 'poweredOff' });
    await scene.quiet();
    expect([await scene.told(), scene.home.provisioner.commands('status').length]).toEqual([before + 1, 1]);
  });
});

describe('a scan in which many VMs are gone at once', () => {
  let stand: OperationsStand;
  let scene: PresenceScene;

  beforeAll(async () => {
    stand = await OperationsStand.open(quietScans);
  });
  afterAll(() => stand.close());

  it('is suspect and changes no VM; the next one that shows them clears it', async () => {
    scene = await PresenceScene.open(stand, 15);
    const all = scene.rows();
    const told = await scene.told();
    for (const id of scene.vms.slice(0, 3)) scene.remove(id);
    for (let round = 0; round < 2; round++) {
      expect(await scene.scan()).toMatchObject({
        missing: 3,
        isSuspect: true,
        detail: expect.stringContaining('3 of 15 VMs were not seen') as string,
      });
    }
    await scene.quiet();
    expect(scene.home.provisioner.commands('status')).toEqual([]);
    expect(await scene.scan(all)).toMatchObject({ missing: 0, isSuspect: false, detail: null });
    await scene.quiet();
    expect([await scene.told(), new Set(await scene.presence())]).toEqual([told, new Set(['present'])]);
    // Seen in between: the count begins anew.
    expect(await scene.scan()).toMatchObject({ isSuspect: true });
  });

  it('is believed when three in a row say the same: then each VM is looked for', async () => {
    scene = await PresenceScene.open(stand, 10);
    const gone = scene.vms.slice(0, 4);
    for (const id of gone) scene.remove(id);
    expect([(await scene.scan()).isSuspect, (await scene.scan()).isSuspect]).toEqual([true, true]);
    expect(await scene.scan()).toMatchObject({ isSuspect: false, missing: 4 });
    for (const id of gone) await scene.until(id, { presence: 'missing' });
    expect(scene.home.provisioner.commands('status')).toHaveLength(4);
    expect(await scene.scan()).toMatchObject({ isSuspect: false, missing: 4, detail: null });
    await stand.assertInvariants();
  });
});
