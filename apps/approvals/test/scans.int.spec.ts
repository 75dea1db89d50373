import { waitUntil } from '@dcm/messaging/testing';
import { OperationsStand } from './operations-stand';
import { PresenceScene } from './presence-scene';

jest.setTimeout(60_000);

const quietScans = { DCM_SCAN_MS: '3600000', DCM_SWEEP_MS: '20' };

describe('scans on demand', () => {
  let stand: OperationsStand;
  let scene: PresenceScene;

  beforeAll(async () => {
    stand = await OperationsStand.open(quietScans);
    scene = await PresenceScene.open(stand, 0);
  });
  afterAll(() => stand.close());

  const scanNow = (name = scene.home.site) => stand.call('admin.site.scan', { name });
  const asked = (kind: string): number =>
    scene.home.provisioner.received.filter(({ type }) => type === `io.dcm.command.${kind}.v1`).length;
  const requests = async (): Promise<{ actor: string }[]> =>
    stand.rows(
      `SELECT actor FROM approvals.journal WHERE noun = 'site' AND subject = $1 AND action = 'scan-requested'`,
      [scene.home.site],
    );

  it('ask for inventory and VMs at once, and once only while both are under way', async () => {
    const answer = { requestId: 'r', pools: [], error: null };
    const health = { reachable: true, loggedIn: true, missingPrivileges: [], detail: '', latencyMs: 1 };
    await scene.home.provisioner.tell('io.dcm.fact.inventory.v1', { ...answer, health });
    const isAnswered = 'SELECT 1 FROM approvals.site_resources WHERE site = $1 AND answered_at > asked_at';
    await waitUntil(async () => (await stand.rows(isAnswered, [scene.home.site])).length === 1, 'an inventory');
    const before = { inventory: asked('inventory'), discover: asked('discover'), requests: (await requests()).length };
    const { seq } = await scanNow();
    expect((await scanNow()).seq).toBe(seq);
    await Promise.all([scanNow(), scanNow()]);
    await waitUntil(() => asked('discover') > before.discover, 'the scan to be asked for');
    await waitUntil(() => asked('inventory') > before.inventory, 'the inventory to be asked for');
    expect({ inventory: asked('inventory'), discover: asked('discover') }).toEqual({
      inventory: before.inventory + 1,
      discover: before.discover + 1,
    });
    expect((await requests()).slice(before.requests)).toEqual([{ actor: 'root' }]);
  });

  it('are for administrators of the platform, of sites that are there and speak', async () => {
    const tina = { principal: 'tina', tenantId: scene.home.tenantId, roles: ['tenant-admin'] };
    await expect(stand.call('admin.site.scan', { name: scene.home.site }, tina)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    await expect(scanNow('moon')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const { site } = await stand.home({ announce: false });
    await expect(scanNow(site)).rejects.toMatchObject({ code: 'SITE_UNAVAILABLE' });
  });
});

describe('scans of two replicas of approvals', () => {
  it('are one per site and interval, given up when they do not end, and concluded once', async () => {
    const stand = await OperationsStand.open({ DCM_SCAN_MS: '400', DCM_SCAN_TIMEOUT_MS: '1500', DCM_SWEEP_MS: '20' });
    try {
      await stand.startApprovals();
      const scene = await PresenceScene.open(stand, 4);
      const [gone] = scene.vms;
      scene.remove(gone!);
      const ids = new Set<string>();
      const most = async (): Promise<number> => {
        const sql = 'SELECT count(*)::int AS n FROM approvals.scan WHERE site = $1 AND completed_at IS NULL';
        return (await stand.rows<{ n: number }>(sql, [scene.home.site]))[0]!.n;
      };
      for (let round = 0; round < 3; round++) {
        const scanId = await scene.next();
        ids.add(scanId);
        expect(await most()).toBe(1);
        const [first, ...rest] = scene.rows();
        await Promise.all([
          scene.page(scanId, 1, { rows: rest, complete: true }),
          scene.page(scanId, 0, { rows: [first!] }),
          scene.page(scanId, 1, { rows: rest, complete: true }),
        ]);
        expect(await scene.completed(scanId)).toMatchObject({ vms: 3, missing: 1 });
      }
      await scene.until(gone!, { presence: 'missing' });
      await scene.quiet();
      const told = `SELECT count(*)::int AS n FROM approvals.journal WHERE noun = 'vm' AND action = 'missing'`;
      expect([await stand.rows(told), ids.size]).toEqual([[{ n: 1 }], 3]);
      // Nobody answers any more: given up, and asked for again.
      const lost = await scene.next();
      expect(await scene.next()).not.toBe(lost);
      await stand.assertInvariants();
    } finally {
      await stand.close();
    }
  });
});

describe('VMs of a site that is away for some scans', () => {
  it('are unreachable, told once each, and present with its next scan', async () => {
    const stand = await OperationsStand.open({ DCM_SCAN_MS: '300', DCM_ANNOUNCE_MS: '1000', DCM_SWEEP_MS: '20' });
    try {
      const scene = await PresenceScene.open(stand, 3);
      const told = await scene.told();
      for (const id of scene.vms) await scene.until(id, { presence: 'unreachable' });
      await scene.quiet();
      expect(await scene.told()).toBe(told + 3);
      await scene.home.provisioner.announce();
      await scene.page(await scene.next(), 0, { rows: scene.rows(), complete: true });
      for (const id of scene.vms) await scene.until(id, { presence: 'present' });
      expect(await scene.told()).toBeGreaterThanOrEqual(told + 6);
      await stand.assertInvariants();
    } finally {
      await stand.close();
    }
  });

  it('are unreachable while it is paused, though it announces itself; a scan after the pause ends both', async () => {
    const stand = await OperationsStand.open({ DCM_SCAN_MS: '300', DCM_SWEEP_MS: '20' });
    try {
      const scene = await PresenceScene.open(stand, 1);
      const [id] = scene.vms;
      const pause = (until: string): Promise<unknown> =>
        stand.rows(
          `UPDATE approvals.site SET paused_until = now() + $2::interval, pause_reason = 'x' WHERE name = $1`,
          [scene.home.site, until],
        );
      await pause('1 hour');
      let keys = 0;
      await waitUntil(async () => {
        // A new key is news: the site is heard of all the time.
        await scene.home.provisioner.announce(`key ${(keys += 1)}`);
        return (await scene.vm(id!)).presence === 'unreachable';
      }, 'the VM to be unreachable');
      await pause('-1 second');
      await scene.page(await scene.next(), 0, { rows: scene.rows(), complete: true });
      await scene.until(id!, { presence: 'present' });
      const site = await stand.rows('SELECT paused_until, pause_reason FROM approvals.site WHERE name = $1', [
        scene.home.site,
      ]);
      expect(site).toEqual([{ paused_until: null, pause_reason: null }]);
    } finally {
      await stand.close();
    }
  });
});
