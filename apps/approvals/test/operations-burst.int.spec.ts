import { newId, operationIdOf } from '@dcm/runtime';
import { publishAll } from '@dcm/messaging';
import { waitUntil } from '@dcm/messaging/testing';
import { aBody, OperationsStand, type Home } from './operations-stand';

jest.setTimeout(120_000);

const many = 1_000;

describe('taking in requests', () => {
  let stand: OperationsStand;
  let homes: Home[];

  beforeAll(async () => {
    stand = await OperationsStand.open({ DCM_PLAN_TIMEOUT_MS: '600000' });
    homes = [];
    for (let index = 0; index < 4; index++) {
      const home = await stand.home();
      home.provisioner.plan = () => undefined;
      homes.push(home);
    }
  });
  afterAll(() => stand.close());

  it.each([
    ['one tenant', 1],
    ['four tenants', 4],
  ])('loses and doubles nothing in a burst of %s', async (_who, tenants) => {
    const messages = Array.from({ length: many }, (_, index) => {
      const home = homes[index % tenants]!;
      return stand.relayed(home.tenantId, 'io.dcm.vm.create.v1', aBody(home), { id: operationIdOf('burst', newId()) });
    });
    await publishAll(stand.gateway, messages, { timeoutMs: 90_000 });
    const ids = messages.map((message) => message.id);
    const found = (): Promise<{ n: number }[]> =>
      stand.rows(`SELECT count(*)::int AS n FROM approvals.operation WHERE state = 'planning' AND id = ANY($1)`, [ids]);
    await waitUntil(async () => (await found())[0]?.n === many, 'all to be accepted');
    await stand.assertInvariants();
  });
});
