import { waitUntil } from '@dcm/messaging/testing';
import { vmIdOf } from '@dcm/runtime';
import { OperationsStand } from './operations-stand';
import { anError } from './scene.builder';

jest.setTimeout(60_000);

describe('a request that waits while another decision about its VM is committed', () => {
  let stand: OperationsStand;

  beforeAll(async () => {
    stand = await OperationsStand.open();
  });
  afterEach(() => stand.assertInvariants());
  afterAll(() => stand.close());

  const someoneWaits = (): Promise<void> =>
    waitUntil(async () => {
      const waiting = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      return (await stand.rows(waiting)).length > 0;
    }, 'the request to wait for the VM');

  it('finds what the ledger holds by then', async () => {
    const home = await stand.home();
    const vm = await stand.create(home);
    await stand.until(vm, 'succeeded');
    home.provisioner.act = async (command, type) => {
      if (!type.includes('reconfigure')) return home.provisioner.workAsAsked(command, type);
      await home.provisioner.ask('claim', command);
      await home.provisioner.fail(command, anError('INVALID_POWER_STATE'));
      return undefined;
    };
    const setVcpus = 'UPDATE approvals.ledger SET vcpus = $2 WHERE vm_id = $1';
    // More is held for a change that is about to fail.
    await stand.rows(setVcpus, [vmIdOf(vm), 7]);
    const earlier = stand.database.source.createQueryRunner();
    await earlier.startTransaction();
    await earlier.query('SELECT FROM approvals.vm WHERE id = $1 FOR NO KEY UPDATE', [vmIdOf(vm)]);
    await earlier.query(setVcpus, [vmIdOf(vm), 2]);
    const resize = stand.resize(home, vm, { cpus: 4 });
    await someoneWaits();
    await earlier.query('UPDATE approvals.vm SET doc = doc WHERE id = $1', [vmIdOf(vm)]);
    await earlier.commitTransaction();
    await earlier.release();
    await stand.until(await resize, 'failed');
    expect(await stand.amounts(vm)).toEqual([2, 2048, 10]);
  });
});
