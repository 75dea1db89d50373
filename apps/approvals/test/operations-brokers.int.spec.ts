import { exchanges } from '@dcm/contracts';
import { publishAll } from '@dcm/messaging';
import { waitUntil } from '@dcm/messaging/testing';
import { newId, operationIdOf } from '@dcm/runtime';
import type { WorkCommand } from './provisioner.builder';
import { aBody, OperationsStand } from './operations-stand';
import { brokersHere } from './stand';

jest.setTimeout(60_000);

describe.each(brokersHere())('operations over %s', (kind) => {
  let stand: OperationsStand;

  beforeAll(async () => {
    stand = await OperationsStand.open({}, kind);
  });
  afterEach(() => stand.assertInvariants());
  afterAll(() => stand.close());

  it('are carried out once each, though one of two provisioners dies in the middle of its work', async () => {
    const home = await stand.home({ maxConcurrent: 8 });
    const mortal = home.provisioner;
    const heir = await stand.replica(home.site, 'w2');
    heir.vms = mortal.vms;
    let taken = 0;
    mortal.act = async (command: WorkCommand, type) => {
      taken += 1;
      if (taken < 3) return mortal.workAsAsked(command, type);
      // It makes the VM, dies before it can say so, and its messages go to the other one.
      if ((await mortal.ask('claim', command)).verdict === 'go') mortal.make(command);
      await mortal.close();
    };
    const ids = await Promise.all(Array.from({ length: 20 }, () => stand.create(home)));
    const done = await Promise.all(ids.map((id) => stand.until(id, 'succeeded', 40_000)));
    expect(taken).toBeGreaterThanOrEqual(3);
    expect(Math.max(...done.map(({ attempt }) => attempt))).toBe(2);
    expect(mortal.vms.size).toBe(20);
    const [ledger] = await stand.rows<{ n: number }>(
      `SELECT sum(vms)::int AS n FROM approvals.ledger WHERE tenant_id = $1 AND state = 'used'`,
      [home.tenantId],
    );
    expect(ledger?.n).toBe(20);
  });

  it('are asked for by another system in plain JSON, once per message id', async () => {
    const home = await stand.home();
    const erp = await stand.connectAs(`erp-${newId().slice(-8)}`);
    await stand.call('admin.publisher.create', { userId: erp.userId, tenantId: home.tenantId });
    const body = Buffer.from(JSON.stringify(aBody(home)));
    const message = {
      exchange: exchanges.requests,
      routingKey: 'vm.create',
      type: '',
      contentType: 'application/json',
    };
    const send = (id: string): Promise<void> => publishAll(erp, [{ ...message, id, body }]);
    await send('order-1');
    await send('order-1');
    const id = operationIdOf(erp.userId, 'order-1');
    expect(await stand.until(id, 'succeeded')).toMatchObject({ requester: erp.userId });
    await send('order-1');
    await stand.until(await stand.create(home), 'succeeded');
    expect(home.provisioner.commands('provision', id)).toHaveLength(1);
    expect(home.provisioner.vms.size).toBe(2);
  });

  it('survive a restart of approvals with requests in the queue', async () => {
    const home = await stand.home();
    const before = await Promise.all([1, 2, 3, 4, 5].map(() => stand.create(home)));
    await stand.stopApprovals();
    const meanwhile = Promise.all([1, 2, 3, 4, 5].map(() => stand.create(home)));
    await stand.startApprovals();
    const ids = [...before, ...(await meanwhile)];
    await Promise.all(ids.map((id) => stand.until(id, 'succeeded')));
    expect(home.provisioner.vms.size).toBe(10);
    await waitUntil(async () => (await stand.rows('SELECT seq FROM approvals.outbox')).length === 0, 'an empty outbox');
  });
});
