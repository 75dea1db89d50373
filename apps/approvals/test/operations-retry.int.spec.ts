import { OperationsStand, type Home } from './operations-stand';
import { anError } from './scene.builder';

jest.setTimeout(30_000);

describe('an operation that waits', () => {
  let stand: OperationsStand;
  let home: Home;

  beforeAll(async () => {
    stand = await OperationsStand.open({ DCM_RETRY_BASE_MS: '60000' });
  });
  beforeEach(async () => {
    home = await stand.home();
  });
  afterEach(() => stand.assertInvariants());
  afterAll(() => stand.close());

  const actorOf = (
    tenantId: Home['tenantId'],
    role: string,
  ): { principal: string; tenantId: Home['tenantId']; roles: string[] } => ({
    principal: 'dave',
    tenantId,
    roles: [role],
  });

  it.each(['CONCURRENT_CHANGE', 'SITE_UNREACHABLE'] as const)(
    'for %s is tried at once when somebody says so',
    async (reason) => {
      home.provisioner.act = async (command) => {
        await home.provisioner.ask('claim', command);
        await home.provisioner.fail(command, anError(reason));
      };
      const id = await stand.create(home);
      await stand.until(id, 'running');
      await stand.until(id, 'queued');
      home.provisioner.act = (command, type) => home.provisioner.workAsAsked(command, type);
      const retried = await stand.call(
        'admin.operation.retry',
        { operationId: id },
        actorOf(home.tenantId, 'developer'),
      );
      expect(retried).toMatchObject({ id, state: 'queued' });
      expect(await stand.until(id, 'succeeded', 4_000)).toMatchObject({ attempt: 2 });
      const [site] = await stand.rows('SELECT paused_until FROM approvals.site WHERE name = $1', [home.site]);
      expect(site).toEqual({ paused_until: null });
    },
  );

  it('whose number a stranger holds is tried under the next one, which nobody gets again', async () => {
    const numbers: number[] = [];
    home.provisioner.act = async (command, type) => {
      numbers.push(command.instanceNumber);
      if (numbers.length > 1) return home.provisioner.workAsAsked(command, type);
      await home.provisioner.ask('claim', command);
      await home.provisioner.fail(command, { ...anError('NUMBER_TAKEN'), effect: 'NONE' });
    };
    const id = await stand.create(home);
    await stand.until(id, 'running');
    await stand.until(id, 'queued');
    await stand.call('admin.operation.retry', { operationId: id }, actorOf(home.tenantId, 'developer'));
    await stand.until(id, 'succeeded', 4_000);
    await stand.until(await stand.create(home), 'succeeded');
    const [taken, next, another] = numbers;
    expect(numbers).toEqual([taken, Number(taken) + 1, another]);
    expect(another).toBeGreaterThan(Number(next));
  });

  it('is retried by its own people only, and not once it has ended', async () => {
    const id = await stand.create(home);
    await stand.until(id, 'succeeded');
    const retry = (tenantId: Home['tenantId'], role: string): Promise<unknown> =>
      stand.call('admin.operation.retry', { operationId: id }, actorOf(tenantId, role));
    const neighbour = await stand.neighbour(home);
    await expect(retry(neighbour.tenantId, 'developer')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(retry(home.tenantId, 'auditor')).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await expect(retry(home.tenantId, 'developer')).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});
