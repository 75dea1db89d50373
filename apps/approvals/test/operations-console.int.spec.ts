import type { AdminActor, ConsoleAnswer, OperationId } from '@dcm/contracts';
import { vmIdSchema } from '@dcm/contracts';
import { vmIdOf } from '@dcm/runtime';
import { OperationsStand, type Home } from './operations-stand';
import { anError } from './scene.builder';
import { brokersHere } from './stand';

jest.setTimeout(60_000);

const url = 'wss://esx-7.example:443/ticket/cst-VCT-52-secret';
const expiresAt = '2026-01-01T12:00:00.000Z';

describe.each(brokersHere())('consoles, on the %s broker', (kind) => {
  let stand: OperationsStand;
  let home: Home;
  let vm: OperationId;

  beforeAll(async () => {
    stand = await OperationsStand.open({}, kind);
  });
  beforeEach(async () => {
    home = await stand.home();
    vm = await stand.create(home);
    await stand.until(vm, 'succeeded');
  });
  afterAll(() => stand.close());

  const open = (actor: Partial<AdminActor> = {}): Promise<unknown> => {
    const input = { vmId: vmIdSchema.parse(vmIdOf(vm)) };
    return stand.call('admin.vm.console', input, {
      principal: 'dave',
      tenantId: home.tenantId,
      roles: ['developer'],
      ...actor,
    });
  };
  const answer = (given: ConsoleAnswer): void => {
    home.provisioner.console = () => given;
  };

  it('are opened by the site, and their address is kept nowhere', async () => {
    answer({ ok: true, value: { url, expiresAt } });
    expect(await open()).toEqual({ url, expiresAt });
    const found = home.provisioner.received.filter(({ type }) => type.includes('console'));
    expect(found).toMatchObject([{ data: { ownership: { instance: vmIdOf(vm) }, nativeIds: [expect.any(String)] } }]);
    const kept = await stand.rows<{ n: number }>(
      `SELECT (SELECT count(*) FROM approvals.journal WHERE doc::text LIKE '%secret%')
            + (SELECT count(*) FROM approvals.dead_letter) AS n`,
    );
    expect(Number(kept[0]?.n)).toBe(0);
  });

  it('are refused by a platform that has none, in its words', async () => {
    answer({ ok: false, error: anError('UNSUPPORTED', 'NONE', { message: 'there is no console' }) });
    await expect(open()).rejects.toMatchObject({ code: 'HYPERVISOR_REFUSED', message: 'there is no console' });
  });

  it('are for writers of the tenant, and of a VM that is there', async () => {
    answer({ ok: true, value: { url, expiresAt } });
    const neighbour = await stand.neighbour(home);
    await expect(open({ tenantId: neighbour.tenantId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(open({ roles: ['auditor'] })).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await stand.until(await stand.delete(home, vm), 'succeeded');
    await expect(open()).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});
