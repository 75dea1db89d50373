import type { Role } from '@dcm/contracts';
import { Scene, type Answer, type CallOptions, type TestTenant } from './scene';

jest.setTimeout(60_000);

describe('people', () => {
  let scene: Scene;
  let own: TestTenant;
  let other: TestTenant;
  beforeAll(async () => {
    scene = await Scene.open();
    own = await scene.tenant('Own');
    other = await scene.tenant('Other');
  });
  afterAll(() => scene.close());

  const set = (principal: string, options: CallOptions): Promise<Answer> =>
    scene.call('setPerson', { params: { principal }, body: { email: `${principal}@example.com` }, ...options });
  const tokenOf = (principal: string, roles: readonly Role[]): Promise<string> => scene.token(own.id, roles, principal);

  it('are set, read and forgotten by an administrator of their tenant', async () => {
    const place = { params: { principal: 'amy' }, token: own.token };
    const person = { principal: 'amy', tenantId: own.id, email: 'amy@example.com', notify: true };
    expect((await set('amy', place)).body).toEqual(person);
    expect((await scene.call('getPerson', place)).body).toEqual(person);
    const statuses = [await scene.call('deletePerson', place), await scene.call('deletePerson', place)];
    expect(statuses.map(({ status }) => status)).toEqual([204, 404]);
  });

  it('of another tenant are not found, whoever asks within this one', async () => {
    await set('eve', { token: other.token });
    for (const query of ['', `?tenantId=${other.id}`]) {
      const place = { params: { principal: 'eve' }, query, token: own.token };
      expect((await scene.call('getPerson', place)).status).toBe(404);
      expect((await scene.call('deletePerson', place)).status).toBe(404);
    }
    expect((await set('eve', { query: `?tenantId=${other.id}`, token: own.token })).status).toBe(404);
    expect((await scene.call('getPerson', { params: { principal: 'eve' }, token: other.token })).status).toBe(200);
  });

  it('are set by the platform’s administrator, who names the tenant', async () => {
    expect((await set('bob', {})).body).toMatchObject({
      code: 'INVALID_REQUEST',
      errors: [{ pointer: 'query/tenantId' }],
    });
    expect((await set('bob', { query: `?tenantId=${own.id}` })).status).toBe(200);
  });

  it('set themselves and nobody else, whatever their roles', async () => {
    const token = await tokenOf('cleo', ['developer']);
    expect((await set('cleo', { token })).status).toBe(200);
    expect((await set('bob', { token })).status).toBe(403);
    expect((await scene.call('getPerson', { params: { principal: 'bob' }, token })).status).toBe(403);
  });

  it('do not get their mail turned elsewhere by a token that has fewer of their roles', async () => {
    const strong = await tokenOf('dan', ['approver', 'developer']);
    const weak = await tokenOf('dan', ['developer']);
    expect((await set('dan', { token: weak })).status).toBe(403);
    expect((await set('dan', { token: strong })).status).toBe(200);
  });
});
