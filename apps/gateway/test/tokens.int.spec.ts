import type { RouteOutput } from '@dcm/contracts';
import { newId } from '@dcm/runtime';
import { Scene, type TestTenant } from './scene';

jest.setTimeout(60_000);

type Created = RouteOutput<'createToken'>;

describe('API tokens', () => {
  let scene: Scene;
  let tenant: TestTenant;
  beforeAll(async () => {
    scene = await Scene.open();
    tenant = await scene.tenant();
  });
  afterAll(() => scene.close());

  const create = (body: object, token = tenant.token): ReturnType<typeof scene.call<Created>> =>
    scene.call<Created>('createToken', { token, body });
  const wish = (change = {}): object => ({ principal: 'ci', tenantId: tenant.id, roles: ['developer'], ...change });
  const statusOf = async (token: string): Promise<number> => (await scene.call('listVms', { token })).status;

  it('work from their creation to their revocation', async () => {
    const { status, body } = await create(wish({ expiresInDays: 3 }));
    expect(status).toBe(201);
    expect(Date.parse(body.expiresAt) - Date.now()).toBeGreaterThan(2.9 * 86_400_000);
    expect(await statusOf(body.token)).toBe(200);
    expect((await scene.call('revokeToken', { token: tenant.token, params: { id: body.id } })).status).toBe(204);
    expect(await statusOf(body.token)).toBe(401);
  });

  it('are kept as hashes only', async () => {
    const { body } = await create(wish());
    const { rows } = await scene.sql.query('SELECT row_to_json(t)::text AS text FROM gateway.api_token AS t');
    expect(JSON.stringify(rows)).not.toContain(body.token.split('_').slice(2).join('_'));
  });

  it('end by the clock of the database', async () => {
    const { body } = await create(wish());
    await scene.sql.query(`UPDATE gateway.api_token SET expires_at = now() - interval '1 s' WHERE id = $1`, [body.id]);
    expect(await statusOf(body.token)).toBe(401);
  });

  it('do not work with the id of one and the secret of another', async () => {
    const [one, two] = [(await create(wish())).body.token, (await create(wish())).body.token];
    const [, id] = one.split('_');
    expect(await statusOf(`dcm_${id ?? ''}_${two.split('_').slice(2).join('_')}`)).toBe(401);
  });

  it.each([
    ['a platform administrator', { roles: ['platform-admin'], tenantId: null }, 403],
    ['a platform administrator inside the tenant', { roles: ['developer', 'platform-admin'] }, 403],
    ['somebody without a tenant', { tenantId: null }, 403],
    ['a member of another tenant', { tenantId: newId() }, 404],
  ])('for %s are not created by a tenant’s administrator', async (_, change, status) => {
    expect((await create(wish(change))).status).toBe(status);
  });

  it('of the platform belong to no tenant, and all others to one', async () => {
    for (const change of [{ roles: ['platform-admin'] }, { tenantId: null }]) {
      const answer = await create(wish(change), scene.adminToken);
      expect([answer.status, (answer.body as unknown as { code: string }).code]).toEqual([400, 'INVALID_REQUEST']);
    }
    const platform = await create(wish({ roles: ['platform-admin'], tenantId: null }), scene.adminToken);
    expect([platform.status, await statusOf(platform.body.token)]).toEqual([201, 200]);
  });

  it('of the bootstrap are made good at every start, whatever happened to them', async () => {
    await scene.sql.query(`UPDATE gateway.api_token SET revoked_at = now() WHERE id = 'bootstrap'`);
    const second = await scene.startGateway();
    const answer = await fetch(`${second.url}/v1/tenants`, {
      headers: { authorization: `Bearer ${scene.adminToken}` },
    });
    expect(answer.status).toBe(200);
  });
});
