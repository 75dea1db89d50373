import { setTimeout as delay } from 'node:timers/promises';
import { vmIdOf } from '@dcm/runtime';
import { waitUntil } from '@dcm/messaging/testing';
import type { OperationId } from '@dcm/contracts';
import { OperationsStand } from './operations-stand';

jest.setTimeout(60_000);

describe('a ledger that does not say what VMs take', () => {
  let stand: OperationsStand;

  beforeAll(async () => {
    stand = await OperationsStand.open({ DCM_LEDGER_CHECK_MS: '50' });
    await stand.startApprovals();
  });
  afterEach(() => stand.assertInvariants());
  afterAll(() => stand.close());

  const repairs = async (create: OperationId): Promise<number> => {
    const sql = `SELECT 1 FROM approvals.journal WHERE noun = 'vm' AND subject = $1 AND action = 'ledger-repaired'`;
    return (await stand.rows(sql, [vmIdOf(create)])).length;
  };
  /** What the project was last told to use. */
  const toldOf = async (projectId: string): Promise<{ vcpus: number; snapshots: number } | undefined> => {
    const sql = `SELECT doc -> 'used' AS used FROM approvals.journal WHERE noun = 'quota' AND subject = $1 ORDER BY seq DESC LIMIT 1`;
    return (await stand.rows<{ used: { vcpus: number; snapshots: number } }>(sql, [projectId]))[0]?.used;
  };
  const untilRepaired = (create: OperationId): Promise<void> =>
    waitUntil(async () => (await repairs(create)) > 0, 'the ledger to be repaired');

  it.each([
    ['too much', 'UPDATE approvals.ledger SET vcpus = 7, memory_mib = 9 WHERE vm_id = $1'],
    ['snapshots that are not there', 'UPDATE approvals.ledger SET snapshots = 3 WHERE vm_id = $1'],
    ['a VM that was seen as promised only', `UPDATE approvals.ledger SET state = 'held' WHERE vm_id = $1`],
    ['nothing', 'DELETE FROM approvals.ledger WHERE vm_id = $1'],
  ])('is put right once where it has %s', async (_what, spoil) => {
    const home = await stand.home();
    const vm = await stand.create(home);
    await stand.until(vm, 'succeeded');
    await stand.rows(spoil, [vmIdOf(vm)]);
    await untilRepaired(vm);
    expect(await stand.amounts(vm)).toEqual([2, 2048, 10]);
    expect(await stand.ledger(vm)).toBe('used');
    await waitUntil(async () => {
      const used = await toldOf(home.projectId);
      return used?.vcpus === 2 && used.snapshots === 0;
    }, 'the quota to be told');
    expect(await repairs(vm)).toBe(1);
  });

  it('gives back what a deleted VM still has', async () => {
    const home = await stand.home();
    const vm = await stand.create(home);
    await stand.until(vm, 'succeeded');
    const [row] = await stand.rows<Record<string, unknown>>('SELECT * FROM approvals.ledger WHERE vm_id = $1', [
      vmIdOf(vm),
    ]);
    await stand.until(await stand.delete(home, vm), 'succeeded');
    await stand.rows(
      'INSERT INTO approvals.ledger SELECT * FROM json_populate_record(NULL::approvals.ledger, $1::json)',
      [JSON.stringify(row)],
    );
    await untilRepaired(vm);
    expect(await stand.ledger(vm)).toBe('nothing');
  });

  it('is left alone while an operation is open: more is held for it, and rightly', async () => {
    const home = await stand.home();
    const vm = await stand.create(home);
    await stand.until(vm, 'succeeded');
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    home.provisioner.act = async (command, type) => {
      if (type.includes('reconfigure')) await finished;
      return home.provisioner.workAsAsked(command, type);
    };
    const resize = await stand.resize(home, vm, { cpus: 4 });
    await waitUntil(async () => (await stand.amounts(vm))[0] === 4, 'more to be held');
    // Both replicas look several times.
    await delay(300);
    expect(await stand.amounts(vm)).toEqual([4, 2048, 10]);
    finish();
    await stand.until(resize, 'succeeded');
    expect(await repairs(vm)).toBe(0);
  });
});
