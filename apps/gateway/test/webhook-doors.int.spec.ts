import { setTimeout as sleep } from 'node:timers/promises';
import type { WebhookDelivery } from '@dcm/contracts';
import { waitUntil } from '@dcm/messaging/testing';
import { answer, eventOf, isSigned } from './hook-catcher';
import { HookWorld } from './hook.world';

interface Page {
  readonly items: WebhookDelivery[];
  readonly nextPageToken: string | null;
}

jest.setTimeout(60_000);

describe('the door to webhooks', () => {
  let world: HookWorld;
  beforeEach(async () => {
    world = await HookWorld.open();
  });
  afterEach(() => world.close());

  it('sends a test event on demand', async () => {
    const { id } = await world.hook({ events: ['quota.changed'] });
    const { body } = await world.scene.call<WebhookDelivery>('testWebhook', {
      params: { id },
      token: world.tenant.token,
    });
    const [post] = await world.caught(1);
    expect([post!.headers['webhook-id'], eventOf(post!).type]).toEqual([body.id, 'io.dcm.webhook.test.v1']);
  });

  it('has events signed by both secrets for a day after a rotation, and by the new one alone after it', async () => {
    const { id, secret: former } = await world.hook();
    const options = { params: { id }, body: {}, token: world.tenant.token };
    const { secret } = (await world.scene.call<{ secret: string }>('rotateWebhookSecret', options)).body;
    await world.vm();
    const [first] = await world.caught(1);
    expect([isSigned(first!, former), isSigned(first!, secret)]).toEqual([true, true]);
    await world.scene.sql.query('UPDATE gateway.webhook SET former_secret_until = now()');
    await world.vm();
    const [, second] = await world.caught(2);
    expect([isSigned(second!, former), isSigned(second!, secret)]).toEqual([false, true]);
  });

  it('shows a secret once, and keeps it nowhere in the clear', async () => {
    const own = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
    const { id, secret } = await world.hook({ secret: own });
    expect(secret).toBe(own);
    expect(JSON.stringify([await world.get(id), await world.deliveries(id)])).not.toContain(own);
    const { rows } = await world.scene.sql.query<{ row: string }>('SELECT w::text AS row FROM gateway.webhook AS w');
    const bytes = Buffer.from(own).toString('hex');
    expect(rows.some(({ row }) => row.includes(own) || row.includes(bytes))).toBe(false);
  });

  it.each([
    [{ url: 'ftp://example.com/' }, '/url'],
    [{ url: 'https://user:password@example.com/' }, '/url'],
    [{ url: 'https://169.254.169.254/latest' }, '/url'],
    [{ url: 'http://example.com/' }, '/url'],
    [{ events: ['publisher.changed'] }, '/events/0'],
    [{ events: [] }, '/events'],
    [{ secret: 'whsec_c2hvcnQ=' }, '/secret'],
    [{ tenantID: 'x' }, '/tenantID'],
  ])('is shut to %j', async (change, pointer) => {
    const body = { url: world.catcher.url, events: ['vm.changed'], ...change };
    const { status, body: problem } = await world.scene.call('createWebhook', { body, token: world.tenant.token });
    expect([status, problem['errors']]).toEqual([400, [expect.objectContaining({ pointer })]]);
  });

  it('lets nothing of another tenant through, nor of the platform', async () => {
    const other = await world.scene.tenant('Other');
    await world.hook({
      events: ['tenant.changed', 'project.changed', 'policy.changed', 'vm.changed', 'quota.changed'],
    });
    await world.vm({}, other);
    await world.scene.approvals.change('policy', 'p', { tenantId: null } as never);
    const vm = await world.vm();
    await world.caught(1);
    await sleep(200);
    expect(world.catcher.posts.map((post) => eventOf(post).data.id)).toEqual([vm.id]);
  });

  it('lists deliveries in pages, newest first, by their state if asked', async () => {
    const { id } = await world.hook();
    for (let at = 0; at < 5; at += 1) await world.vm();
    await waitUntil(async () => (await world.deliveries(id, '?state=delivered')).length === 5, 'five deliveries');
    const all = await world.deliveries(id);
    expect(all.map(({ createdAt }) => createdAt)).toEqual(
      all
        .map(({ createdAt }) => createdAt)
        .sort()
        .reverse(),
    );
    const page = async (pageToken?: string) => {
      const query = `?pageSize=2${pageToken === undefined ? '' : `&pageToken=${pageToken}`}`;
      const options = { params: { id }, query, token: world.tenant.token };
      return (await world.scene.call<Page>('listWebhookDeliveries', options)).body;
    };
    const first = await page();
    const second = await page(first.nextPageToken ?? '');
    const third = await page(second.nextPageToken ?? '');
    expect([first, second, third].flatMap(({ items }) => items)).toEqual(all);
    expect([third.nextPageToken, await world.deliveries(id, '?state=failed')]).toEqual([null, []]);
    const { status } = await world.scene.call('listWebhooks', {
      query: `?pageToken=${first.nextPageToken ?? ''}`,
      token: world.tenant.token,
    });
    expect(status).toBe(400);
  });

  it('tells no delivery of one webhook by the name of another', async () => {
    const [one, two] = [await world.hook(), await world.hook({ events: ['quota.changed'] })];
    await world.vm();
    const { id: deliveryId } = await world.settled(one.id, 'delivered');
    const options = { params: { id: two.id, deliveryId }, token: world.tenant.token };
    expect((await world.scene.call('redeliverWebhook', options)).status).toBe(404);
    expect(await world.deliveries(two.id)).toEqual([]);
  });

  it('asks a failing endpoint at once when somebody wants to know', async () => {
    const { id } = await world.hook();
    world.catcher.reply = answer(503, { 'retry-after': '3600' });
    await world.vm();
    await waitUntil(async () => (await world.deliveries(id))[0]?.status === 503, 'a refusal');
    world.catcher.reply = answer(200);
    await world.scene.call('testWebhook', { params: { id }, token: world.tenant.token });
    await waitUntil(async () => (await world.deliveries(id, '?state=delivered')).length === 1, 'the test event');
    expect((await world.get(id)).failingSince).toBeNull();
  });

  it('stops what is sent when a webhook is disabled, changed or deleted', async () => {
    const { id } = await world.hook();
    const change = (body: unknown) =>
      world.scene.call('updateWebhook', { params: { id }, body, token: world.tenant.token });
    expect((await change({ enabled: false })).body).toMatchObject({ enabled: false, disabledBecause: 'asked' });
    await world.vm();
    expect(await world.deliveries(id)).toEqual([]);
    const moved = { enabled: true, url: world.catcher.url.replace('/hook', '/moved'), events: ['vm.changed'] };
    expect((await change(moved)).body).toMatchObject({ url: moved.url, events: moved.events, disabledBecause: null });
    await world.vm();
    await world.caught(1, '/moved');
    const gone = await world.scene.call('deleteWebhook', { params: { id }, token: world.tenant.token });
    expect(gone.status).toBe(204);
    await world.vm();
    await sleep(200);
    expect([world.catcher.posts.length, (await change({})).status]).toEqual([1, 404]);
  });

  it('counts nothing that an old URL answers for a new one', async () => {
    const { id } = await world.hook();
    const answers: (() => void)[] = [];
    world.catcher.reply = (response) => answers.push(() => response.writeHead(410).end());
    await world.vm();
    await world.caught(1);
    const body = { url: world.catcher.url.replace('/hook', '/moved') };
    await world.scene.call('updateWebhook', { params: { id }, body, token: world.tenant.token });
    answers[0]?.();
    expect(await world.settled(id, 'failed')).toMatchObject({ status: 410 });
    expect(await world.get(id)).toMatchObject({ enabled: true, failingSince: null });
  });

  it('lets a tenant have twenty', async () => {
    for (let at = 0; at < 20; at += 1) await world.hook({ events: ['quota.changed'] });
    const body = { url: world.catcher.url, events: ['vm.changed'] };
    const { status } = await world.scene.call('createWebhook', { body, token: world.tenant.token });
    expect(status).toBe(409);
  });
});

describe('a gateway that goes away', () => {
  it('waits for no slow endpoint, blames it for nothing, and has the event sent again', async () => {
    const world = await HookWorld.open({ DCM_WEBHOOKS_TIMEOUT_MS: '30000' });
    try {
      const { id } = await world.hook();
      world.catcher.reply = (): void => undefined;
      await world.vm();
      await world.caught(1);
      const started = performance.now();
      await world.scene.stopGateway();
      expect(performance.now() - started).toBeLessThan(6_000);
      world.catcher.reply = answer(200);
      await world.scene.startGateway(world.env);
      expect([(await world.get(id)).failingSince, (await world.deliveries(id))[0]?.state]).toEqual([null, 'pending']);
      await world.scene.sql.query('UPDATE gateway.webhook_delivery SET leased_until = now(), next_at = now()');
      await world.settled(id, 'delivered');
      const ids = world.catcher.posts.map(({ headers }) => headers['webhook-id']);
      expect([ids.length, new Set(ids).size]).toEqual([2, 1]);
    } finally {
      await world.close();
    }
  });
});
