import { setTimeout as sleep } from 'node:timers/promises';
import type { WebhookDelivery } from '@dcm/contracts';
import { eventOf, isSigned } from './hook-catcher';
import { HookWorld } from './hook.world';

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
});
