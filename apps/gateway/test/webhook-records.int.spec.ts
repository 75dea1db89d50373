import type { WebhookChange, WebhookWithSecret } from '@dcm/contracts';
import { waitUntil } from '@dcm/messaging/testing';
import { answer } from './hook-catcher';
import { HookWorld } from './hook.world';
import type { Answer } from './scene';

jest.setTimeout(60_000);

describe('a webhook that is asked for under a key', () => {
  let world: HookWorld;
  beforeEach(async () => {
    world = await HookWorld.open({ DCM_PRUNE_MS: '100' });
  });
  afterEach(() => world.close());

  const ask = (key: string, change: object = {}, { token } = world.tenant): Promise<Answer<WebhookWithSecret>> => {
    const body = { url: world.catcher.url, events: ['vm.changed'], ...change };
    return world.scene.call<WebhookWithSecret>('createWebhook', { body, token, headers: { 'idempotency-key': key } });
  };
  const count = async (table = 'webhook'): Promise<number> =>
    (await world.scene.sql.query(`SELECT FROM gateway.${table}`)).rowCount ?? 0;

  it('is made once, and each repetition gets the first answer with its secret', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => ask('k1')));
    expect(all.map(({ status }) => status)).toEqual(all.map(() => 201));
    const [first] = all;
    for (const { body } of all) expect(body).toEqual(first?.body);
    expect(all.filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).toHaveLength(7);
    expect([await count(), first?.body.secret.startsWith('whsec_')]).toEqual([1, true]);
    const { id = '' } = first?.body ?? {};
    const rotated = { params: { id }, body: {}, token: world.tenant.token };
    expect((await world.scene.call('rotateWebhookSecret', rotated)).status).toBe(200);
    expect((await ask('k1')).body).toEqual(first?.body);
    await world.scene.call('deleteWebhook', { params: { id }, token: world.tenant.token });
    expect([(await ask('k1')).body.id, await count()]).toEqual([id, 0]);
  });

  it('is refused when the key stood for another wish, and is another one under another key or of somebody else', async () => {
    const { body: first } = await ask('k1');
    expect(await ask('k1', { events: ['quota.changed'] })).toMatchObject({
      status: 422,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    });
    const other = await world.scene.tenant('Other');
    const ids = [first.id, (await ask('k2')).body.id, (await ask('k1', {}, other)).body.id];
    expect([new Set(ids).size, await count()]).toEqual([3, 3]);
    expect((await ask('no spaces')).status).toBe(400);
  });

  it('that could not be made is made when it is asked for again and can be', async () => {
    const made = [];
    for (let at = 0; at < 20; at += 1) made.push(await world.hook());
    expect((await ask('late')).status).toBe(409);
    expect(await count('webhook_request')).toBe(0);
    await world.scene.call('deleteWebhook', { params: { id: made[0]?.id ?? '' }, token: world.tenant.token });
    expect((await ask('late')).status).toBe(201);
  });

  it('keeps its secret nowhere in the clear, and its key for 7 days', async () => {
    const { body } = await ask('k1');
    const { rows } = await world.scene.sql.query<{ row: string }>(
      'SELECT r::text AS row FROM gateway.webhook_request AS r',
    );
    const bytes = Buffer.from(body.secret).toString('hex');
    expect(rows.map(({ row }) => row.includes(body.secret) || row.includes(bytes))).toEqual([false]);
    await world.scene.sql.query(`UPDATE gateway.webhook_request SET created_at = now() - interval '8 days'`);
    await waitUntil(async () => (await count('webhook_request')) === 0, 'the end of the key');
    expect((await ask('k1')).body.id).not.toBe(body.id);
  });
});

describe('what is done to a webhook', () => {
  let world: HookWorld;
  beforeEach(async () => {
    world = await HookWorld.open();
  });
  afterEach(() => world.close());

  const changes = (id: string, token: string, query = ''): Promise<Answer<{ items: WebhookChange[] }>> =>
    world.scene.call<{ items: WebhookChange[] }>('listWebhookChanges', { params: { id }, token, query });

  it('is told with who did it, also after its end, to the tenant and its auditors, and holds no secret', async () => {
    const { tenant, scene } = world;
    const { id, secret } = await world.hook();
    const tina = await scene.token(tenant.id, ['tenant-admin'], 'tina');
    await scene.call('updateWebhook', {
      params: { id },
      body: { events: ['quota.changed'], enabled: false },
      token: tina,
    });
    await scene.call('rotateWebhookSecret', { params: { id }, body: {}, token: tina });
    await scene.call('deleteWebhook', { params: { id }, token: scene.adminToken });
    const { body } = await changes(id, await scene.token(tenant.id, ['auditor'], 'otto'));
    expect(body.items.map(({ action, actor, actorTenantId }) => [action, actor, actorTenantId])).toEqual([
      ['deleted', expect.any(String), null],
      ['secret-rotated', 'tina', tenant.id],
      ['changed', 'tina', tenant.id],
      ['created', expect.any(String), tenant.id],
    ]);
    expect(body.items.map(({ events, disabledBecause }) => [events, disabledBecause])).toEqual([
      ...Array.from({ length: 3 }, () => [['quota.changed'], 'asked']),
      [['vm.changed', 'operation.changed'], null],
    ]);
    expect(JSON.stringify(body)).not.toContain(secret);
    const other = await scene.tenant('Other');
    expect((await changes(id, other.token)).status).toBe(404);
    expect((await changes(id, await scene.token(tenant.id, ['developer'], 'dev'))).status).toBe(403);
    const page = (await changes(id, tina, '?pageSize=1')).body as unknown as { nextPageToken: string };
    const next = await changes(id, tina, `?pageSize=1&pageToken=${page.nextPageToken}`);
    expect(next.body.items).toMatchObject([{ action: 'secret-rotated' }]);
  });

  it('is told of DCM itself when it disables one, once', async () => {
    const { id } = await world.hook();
    world.catcher.reply = answer(410);
    await world.vm();
    await waitUntil(async () => !(await world.get(id)).enabled, 'its end');
    const { items } = (await changes(id, world.tenant.token)).body;
    expect(items.map(({ action, actor, disabledBecause }) => [action, actor, disabledBecause])).toEqual([
      ['disabled', 'system', 'gone'],
      ['created', expect.any(String), null],
    ]);
  });

  it('stays told: nobody changes or removes what was noted', async () => {
    await world.hook();
    const { sql } = world.scene;
    await expect(sql.query(`UPDATE gateway.webhook_change SET actor = 'nobody'`)).rejects.toThrow();
    await expect(sql.query('DELETE FROM gateway.webhook_change')).rejects.toThrow();
  });
});
