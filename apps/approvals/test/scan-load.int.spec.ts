import { performance } from 'node:perf_hooks';
import type { VmRow } from '@dcm/contracts';
import { OperationsStand } from './operations-stand';
import { PresenceScene } from './presence-scene';

jest.setTimeout(120_000);

const size = 10_000;
const pageSize = 500;

const multiply = `
  WITH one AS (SELECT * FROM approvals.vm WHERE site = $1), ids AS (
    SELECT gen_random_uuid() AS id, n FROM generate_series(2, $2::int) AS n)
  INSERT INTO approvals.vm (id, tenant_id, project_id, site, name, lifecycle, instance_number, holds_name, is_settled, native_ids,
    looks, spec, plan, doc)
  SELECT ids.id, tenant_id, project_id, site, name || '-' || n, lifecycle, n, holds_name, is_settled,
    json_build_array('native-' || ids.id), looks, spec, plan,
    (doc::jsonb || jsonb_build_object('id', ids.id, 'name', name || '-' || n, 'nativeId', 'native-' || ids.id, 'seq', 0))::json
  FROM one, ids`;

const asRows = `
  SELECT doc ->> 'nativeId' AS "nativeId", name, power, json_build_object('installation', (SELECT id FROM approvals.installation),
    'tenant', tenant_id, 'project', project_id, 'instance', id) AS ownership
  FROM approvals.vm WHERE site = $1 ORDER BY id`;

describe('a scan of 10,000 VMs', () => {
  let stand: OperationsStand;
  let scene: PresenceScene;

  beforeAll(async () => {
    stand = await OperationsStand.open({ DCM_SCAN_MS: '3600000' });
    scene = await PresenceScene.open(stand, 1);
    await stand.rows(multiply, [scene.home.site, size]);
    await stand.rows('ANALYZE approvals.vm');
  });
  afterAll(() => stand.close());

  /** @returns how long the last page took, with which the scan is complete, in milliseconds. */
  const scan = async (rows: readonly VmRow[]): Promise<number> => {
    const scanId = await scene.ask();
    const pages = Math.ceil(rows.length / pageSize);
    for (let page = 0; page < pages - 1; page++) {
      await scene.page(scanId, page, { rows: rows.slice(page * pageSize, (page + 1) * pageSize) });
    }
    const beganAt = performance.now();
    await scene.page(scanId, pages - 1, { rows: rows.slice((pages - 1) * pageSize), complete: true });
    await scene.completed(scanId);
    return Math.round(performance.now() - beganAt);
  };

  it('writes a journal row for each VM that changed, and for no other', async () => {
    const rows = await stand.rows<VmRow>(asRows, [scene.home.site]);
    const { vms } = scene.home.provisioner;
    const status = [...vms.values()][0];
    if (status === undefined) throw new Error('there is no VM to look at');
    for (const row of rows) {
      if (row.ownership !== null) vms.set(row.ownership.instance, { ...status, ...row, power: 'on' });
    }
    const before = await scene.told();
    const figures: Record<string, number> = { nothingNew: await scan(rows) };
    await scene.quiet();
    expect(await scene.told()).toBe(before);

    const off = rows.slice(0, 5).map((row) => ({ ...row, power: 'off' as const }));
    for (const { ownership, ...row } of off) {
      if (ownership !== null) vms.set(ownership.instance, { ...status, ...row, ownership });
    }
    const gone = rows.slice(-5);
    for (const { ownership } of gone) vms.delete(ownership?.instance ?? '');
    const seen = [...off, ...rows.slice(5, -5)];
    figures['tenChanged'] = await scan(seen);
    figures['tenChangedAgain'] = await scan(seen);
    await scene.quiet();
    await scene.untilTold(before + 10);

    await stand.rows(
      `UPDATE approvals.vm SET doc = (doc::jsonb || '{"presence":"unreachable"}')::json
       WHERE site = $1 AND presence = 'present'`,
      [scene.home.site],
    );
    figures['allBack'] = await scan(seen);
    const beganAt = performance.now();
    await scene.quiet(60_000);
    figures['allBackTold'] = Math.round(performance.now() - beganAt);
    expect(await scene.told()).toBe(before + 10 + size - 5);
    process.stdout.write(`completing a scan of ${size} VMs, in ms: ${JSON.stringify(figures)}\n`);
  });
});
