import { newId } from '@dcm/runtime';
import { aBody, Scene, type Answer, type TestTenant } from './scene';

jest.setTimeout(60_000);

describe('a quote at the door', () => {
  let scene: Scene;
  let tenant: TestTenant;
  beforeAll(async () => {
    scene = await Scene.open();
    tenant = await scene.tenant();
    scene.approvals.answer('quote', () => ({ quotes: [] }));
  });
  afterAll(() => scene.close());

  const ask = (body: object): Promise<Answer> => scene.call('createQuotes', { token: tenant.token, body: body });

  it('hands on that there are secrets, and no more of them', async () => {
    const guest = { hostname: 'h', userData: '#cloud-config\npassword: hunter2', adminPassword: 'hunter2' };
    expect((await ask(aBody(tenant.projectId, { guest }))).status).toBe(200);
    const { name, input } = scene.approvals.calls.at(-1)!;
    expect([name, JSON.stringify(input).includes('hunter2')]).toEqual(['quote', false]);
    expect(input['guest']).toMatchObject({ hostname: 'h', userData: 'sealed:v1:', adminPassword: 'sealed:v1:' });
  });

  it('leaves no request behind', async () => {
    const before = [await scene.count('request'), await scene.count('outbox')];
    await ask(aBody(tenant.projectId));
    expect([await scene.count('request'), await scene.count('outbox')]).toEqual(before);
  });

  it('is refused for a project that is not there, whatever stands beside it', async () => {
    const body = aBody(tenant.projectId);
    delete body['projectId'];
    const answer = await ask({ ...body, projectIds: [tenant.projectId, newId()] });
    expect([answer.status, answer.body['code']]).toEqual([404, 'NOT_FOUND']);
  });
});
