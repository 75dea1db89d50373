import type { AdminActor, AdminOutput, CreateVmInput, Policy, Quote } from '@dcm/contracts';
import { aPlan } from './provisioner.builder';
import { aBody, OperationsStand, type Home } from './operations-stand';
import { anError } from './scene.builder';
import { brokersHere, errorOf } from './stand';

jest.setTimeout(60_000);

const asking: Policy = { autoApprove: { maxVcpus: 1 }, approvalTtlHours: 72, onExpiry: 'reject' };
const hourly = { vcpuHourMicros: 10_000, memoryGibHourMicros: 0, diskGibHourMicros: 0 };

describe.each(brokersHere())('quotes, on the %s broker', (kind) => {
  let stand: OperationsStand;
  let home: Home;
  let edge: Home;

  beforeAll(async () => {
    stand = await OperationsStand.open({ DCM_QUOTE_TIMEOUT_MS: '3000' }, kind);
  });
  /** Two projects of one tenant, each on a site of its own. */
  beforeEach(async () => {
    home = await stand.home();
    edge = await stand.home();
    const { tenantId } = home;
    const site = edge.site as never;
    const project = await stand.call('admin.project.create', { tenantId, name: 'edge', site, policy: asking });
    edge = { ...edge, tenantId, projectId: project.id };
  });
  afterAll(() => stand.close());

  const developer = (): AdminActor => ({ principal: 'dave', tenantId: home.tenantId, roles: ['developer'] });
  const quote = (
    homes: readonly Pick<Home, 'projectId'>[],
    fields: Partial<CreateVmInput> = {},
    actor: AdminActor = developer(),
  ): Promise<AdminOutput<'quote'>> => {
    const body: Partial<CreateVmInput> & Pick<CreateVmInput, 'name'> = aBody(home, fields);
    delete body.projectId;
    return stand.call('quote', { ...body, projectIds: homes.map(({ projectId }) => projectId) }, actor);
  };
  const onlyQuote = async (fields: Partial<CreateVmInput> = {}, of: Home = home): Promise<Quote> =>
    (await quote([of], fields)).quotes[0]!;
  const written = async (): Promise<unknown> =>
    (
      await stand.rows(
        `SELECT (SELECT count(*) FROM approvals.journal) AS told, (SELECT count(*) FROM approvals.vm) AS vms,
           (SELECT count(*) FROM approvals.ledger) AS held, (SELECT count(*) FROM approvals.operation) AS asked,
           (SELECT sum(last) FROM approvals.instance_number) AS numbers`,
      )
    )[0];

  it('show several projects side by side, in their order, and leave no trace', async () => {
    await stand.call('admin.rate.create', { scope: { site: home.site }, ...hourly });
    await stand.call('admin.quota.set', { scope: 'project', id: home.projectId, limits: { vcpus: 8 } });
    const diagnostics = [{ severity: 'warning', pointer: '/disks', message: 'thin' }] as const;
    edge.provisioner.plan = () => aPlan({ losses: ['no secure boot'] as never, diagnostics: [...diagnostics] });
    const before = await written();
    const { quotes } = await quote([edge, home]);
    expect(await written()).toEqual(before);
    expect(quotes).toMatchObject([
      {
        projectId: edge.projectId,
        site: edge.site,
        platform: 'vsphere',
        diagnostics,
        plan: { warnings: ['thin'], price: null, approval: { levels: [{ mode: 'ANY_OF' }] } },
        verdict: { kind: 'ask', levels: [{ mode: 'ANY_OF' }] },
        error: null,
      },
      {
        projectId: home.projectId,
        plan: {
          image: { version: '12.1' },
          amounts: { vcpus: 2, memoryMib: 2048, diskGib: 10, vms: 1 },
          price: { currency: 'EUR', perHourMicros: 20_000, perMonthMicros: 14_600_000 },
          approval: null,
        },
        verdict: { kind: 'approve' },
        error: null,
      },
    ]);
    expect(quotes[0]?.plan?.losses).toHaveLength(1);
    const limits = quotes[1]?.plan?.quota.filter(({ limit }) => limit !== null);
    expect(limits).toEqual([
      { scope: 'project', id: home.projectId, dimension: 'vcpus', before: 0, after: 2, limit: 8 },
    ]);
  });

  it('have the hash of the request with the same body, with secrets in it or without', async () => {
    await stand.call('admin.rate.create', { scope: { site: home.site }, ...hourly });
    const fields = { name: 'same', labels: { tier: 'web' }, guest: { hostname: 'same', userData: 'sealed:v1:' } };
    const { plan } = await onlyQuote(fields);
    const id = await stand.create(home, { ...fields, guest: { hostname: 'same', userData: 'sealed:v1:abc' } });
    const operation = await stand.until(id, 'succeeded');
    expect(operation.plan).toMatchObject({ hash: plan?.hash, price: plan?.price });
    expect((await onlyQuote({ ...fields, name: 'another' })).plan?.hash).not.toBe(plan?.hash);
  });

  it('of a silent site, and of one that cannot do it, do not spoil the others', async () => {
    const [silent, broken, unannounced] = [
      await stand.home(),
      await stand.home(),
      await stand.home({ announce: false }),
    ];
    silent.provisioner.plan = () => undefined;
    broken.provisioner.plan = () => anError('MISSING_PRIVILEGE');
    const actor = { principal: 'root', tenantId: null, roles: ['platform-admin'] };
    const { quotes } = await quote([silent, home, broken, unannounced], {}, actor);
    expect(quotes.map(({ error }) => error?.code ?? null)).toEqual([
      'SITE_UNAVAILABLE',
      null,
      'HYPERVISOR_REFUSED',
      'SITE_UNAVAILABLE',
    ]);
    expect(quotes[0]?.error?.message).toContain(silent.site);
    expect(quotes[1]?.plan?.hash).toBeDefined();
  });

  it('say what a request would be refused with', async () => {
    const diagnostics = [{ severity: 'error', pointer: '/networks/0', message: 'no such network' }] as const;
    edge.provisioner.plan = () => aPlan({ diagnostics: [...diagnostics] });
    expect(await onlyQuote({}, edge)).toMatchObject({ diagnostics, verdict: null, error: { code: 'PLAN_REFUSED' } });
    await stand.call('admin.quota.set', { scope: 'project', id: home.projectId, limits: { vcpus: 1 } });
    const full = await onlyQuote();
    expect(full.error).toMatchObject({ code: 'QUOTA_EXCEEDED', details: [{ pointer: '/cpus' }] });
    expect(full.plan?.quota).toContainEqual(expect.objectContaining({ dimension: 'vcpus', after: 2, limit: 1 }));
    expect(await onlyQuote({ image: 'windows' })).toMatchObject({
      plan: null,
      error: { code: 'NOT_FOUND', details: [{ pointer: '/image' }] },
    });
  });

  it('are for writers and approvers, and for their own projects', async () => {
    const stranger = await stand.home();
    expect(await errorOf(quote([home, stranger]))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await errorOf(quote([home], {}, { ...developer(), roles: ['auditor'] }))).toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    const { quotes } = await quote([home], {}, { ...developer(), roles: ['approver'] });
    expect(quotes).toHaveLength(1);
  });
});
