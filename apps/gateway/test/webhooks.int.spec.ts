import { setTimeout as sleep } from 'node:timers/promises';
import type { WebhookDelivery } from '@dcm/contracts';
import { waitUntil } from '@dcm/messaging/testing';
import { anApproval, anOperation } from './docs';
import { answer, eventOf, isSigned } from './hook-catcher';
import { HookWorld } from './hook.world';

jest.setTimeout(60_000);

/** Sessions of this database that wait for a lock with such a statement. */
async function waitingFor({ scene }: HookWorld, statement: string): Promise<number[]> {
  // A transaction sees sessions as they were when it first looked.
  await scene.sql.query('SELECT pg_stat_clear_snapshot()');
  const { rows } = await scene.sql.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database() AND strpos(query, $1) > 0`,
    [statement],
  );
  return rows.map(({ pid }) => pid);
}

describe('a webhook', () => {
  let world: HookWorld;
  beforeEach(async () => {
    world = await HookWorld.open();
  });
  afterEach(() => world.close());

  it('gets the events that it asks for, signed, as they are told on the broker', async () => {
    const { id, secret } = await world.hook({ events: ['vm.changed', 'approval.changed'] });
    const vm = await world.vm();
    const [post] = await world.caught(1);
    expect(post!.headers).toMatchObject({ 'content-type': 'application/cloudevents+json' });
    expect(isSigned(post!, secret)).toBe(true);
    const told = world.scene.approvals.journal.find((row) => row.id === vm.id);
    expect(JSON.parse(post!.body)).toEqual({
      specversion: '1.0',
      id: String(told?.position),
      source: '/dcm/approvals',
      type: 'io.dcm.vm.changed.v1',
      subject: vm.id,
      time: told?.at,
      datacontenttype: 'application/json',
      data: told,
    });
    const place = { tenantId: world.tenant.id, projectId: world.tenant.projectId };
    const operation = anOperation(place);
    await world.scene.approvals.change('operation', operation.id, operation);
    const approval = anApproval(place);
    await world.scene.approvals.change('approval', approval.id, approval);
    const posts = await world.caught(2);
    expect(posts.map((one) => eventOf(one).data.id)).toEqual([vm.id, approval.id]);
    expect(await world.settled(id, 'delivered')).toMatchObject({ attempts: 1, status: 204, nextAttemptAt: null });
  });

  it('gets an event again after a failure, under the same id, until it takes it', async () => {
    const { id, secret } = await world.hook();
    world.catcher.reply = answer(500, {}, 'x'.repeat(10_000));
    await world.vm();
    await world.caught(2);
    const failing = await world.get(id);
    expect([failing.enabled, failing.failingSince]).toEqual([true, expect.any(String)]);
    expect((await world.deliveries(id))[0]).toMatchObject({
      state: 'pending',
      status: 500,
      response: 'x'.repeat(256),
      nextAttemptAt: expect.any(String) as unknown,
    });
    world.catcher.reply = answer(200);
    await world.settled(id, 'delivered');
    const ids = world.catcher.posts.map(({ headers }) => headers['webhook-id']);
    expect([new Set(ids).size, world.catcher.posts.every((post) => isSigned(post, secret))]).toEqual([1, true]);
    expect((await world.get(id)).failingSince).toBeNull();
    const { text } = (await world.scene.http<{ text: string }>('GET', '/metrics')).body;
    expect(text).toMatch(/^dcm_webhook_deliveries_total\{result="delivered"\} 1$/m);
    expect(text).toMatch(/^dcm_webhook_deliveries_total\{result="retried"\} \d+$/m);
    expect(text).toMatch(/^dcm_webhook_oldest_undelivered_seconds 0$/m);
  });

  it('is left alone for as long as it asks by Retry-After', async () => {
    const { id } = await world.hook();
    world.catcher.reply = answer(503, { 'retry-after': '2' });
    await world.vm();
    const [first] = await world.caught(1);
    world.catcher.reply = answer(200);
    await world.settled(id, 'pending');
    await world.vm();
    const [, second] = await world.caught(3);
    expect(second!.at - first!.at).toBeGreaterThan(1_900);
  });

  it('is disabled by 410, and takes what came meanwhile when it is enabled', async () => {
    const { id } = await world.hook();
    world.catcher.reply = answer(410);
    const vm = await world.vm();
    await world.settled(id, 'failed');
    expect(await world.get(id)).toMatchObject({ enabled: false, disabledBecause: 'gone' });
    await world.vm({ id: vm.id });
    const refused = await world.scene.call('testWebhook', { params: { id }, token: world.tenant.token });
    expect([refused.status, refused.body['code']]).toEqual([409, 'CONFLICT']);
    world.catcher.reply = answer(200);
    const options = { params: { id }, body: { enabled: true }, token: world.tenant.token };
    expect((await world.scene.call('updateWebhook', options)).body).toMatchObject({
      enabled: true,
      failingSince: null,
    });
    await world.vm({ id: vm.id });
    await world.settled(id, 'delivered');
    expect(world.catcher.posts).toHaveLength(2);
  });

  it('is disabled when everything has failed for days', async () => {
    const { id } = await world.hook();
    world.catcher.reply = answer(500);
    await world.vm();
    await world.caught(1);
    await waitUntil(async () => (await world.get(id)).failingSince !== null, 'a first failure');
    await world.scene.sql.query(`UPDATE gateway.webhook SET failing_since = now() - interval '6 days'`);
    await waitUntil(async () => !(await world.get(id)).enabled, 'the end of the webhook');
    expect((await world.get(id)).disabledBecause).toBe('failing');
  });

  it('is given up on one event after the last attempt, and gets it when somebody asks for it again', async () => {
    const { id } = await world.hook();
    world.catcher.reply = answer(400);
    await world.vm();
    await waitUntil(async () => {
      const resting = await world.scene.sql.query(
        'UPDATE gateway.webhook_delivery SET attempts = 17 WHERE leased_until IS NULL AND attempts > 0',
      );
      return resting.rowCount === 1;
    }, 'a failed attempt');
    const failed = await world.settled(id, 'failed');
    world.catcher.reply = answer(200);
    const again = await world.scene.call<WebhookDelivery>('redeliverWebhook', {
      params: { id, deliveryId: failed.id },
      token: world.tenant.token,
    });
    expect(again.body).toMatchObject({ id: failed.id, state: 'pending', attempts: 0 });
    await world.settled(id, 'delivered');
    expect(world.catcher.posts.at(-1)?.headers['webhook-id']).toBe(failed.id);
  });

  it('gets the newest state only of what changed while it rested', async () => {
    const { id } = await world.hook();
    await world.scene.sql.query(`UPDATE gateway.webhook SET rest_until = now() + interval '1 hour'`);
    const vm = await world.vm({ power: 'off' });
    await world.vm({ id: vm.id, power: 'suspended' });
    await world.vm({ id: vm.id, power: 'on' });
    const states = async (): Promise<string[]> => (await world.deliveries(id)).map(({ state }) => state);
    expect([await states(), world.catcher.posts]).toEqual([['pending', 'superseded', 'superseded'], []]);
    await world.scene.sql.query('UPDATE gateway.webhook SET rest_until = NULL');
    await world.settled(id, 'delivered');
    expect(world.catcher.posts.map((post) => eventOf(post).data.doc['power'])).toEqual(['on']);
  });

  it('leaves to its sender what is taken in the moment in which a newer state comes', async () => {
    const { id } = await world.hook();
    const { sql } = world.scene;
    await sql.query(`UPDATE gateway.webhook SET rest_until = now() + interval '1 hour'`);
    const vm = await world.vm({ power: 'off' });
    await sql.query('BEGIN');
    await sql.query(`UPDATE gateway.webhook_delivery SET leased_until = now() + interval '1 hour', attempts = 1`);
    const newer = world.vm({ id: vm.id, power: 'on' });
    await waitUntil(async () => (await waitingFor(world, 'INSERT INTO gateway.resource')).length > 0, 'the projection');
    await sql.query('COMMIT');
    await newer;
    expect((await world.deliveries(id)).map(({ state }) => state)).toEqual(['pending', 'pending']);
  });

  it('never gets an older state after a newer one, whatever is under way', async () => {
    const { id } = await world.hook();
    const waiting: (() => void)[] = [];
    world.catcher.reply = (response) => waiting.push(() => response.writeHead(500).end());
    const vm = await world.vm({ power: 'off' });
    await world.caught(1);
    await world.vm({ id: vm.id, power: 'on' });
    await sleep(300);
    expect(world.catcher.posts).toHaveLength(1);
    world.catcher.reply = answer(200);
    for (const end of waiting) end();
    await world.settled(id, 'delivered');
    await sleep(300);
    expect(world.catcher.posts.map((post) => eventOf(post).data.doc['power'])).toEqual(['off', 'on']);
    expect((await world.deliveries(id)).map(({ state }) => state)).toEqual(['delivered', 'superseded']);
  });

  it('that is slow holds up nobody else', async () => {
    await world.hook({ url: world.catcher.url.replace('/hook', '/slow') });
    await world.hook();
    world.catcher.reply = (response, { path }) => {
      if (path === '/hook') response.writeHead(200).end();
    };
    for (let at = 0; at < 12; at += 1) await world.vm();
    await world.caught(12);
    expect(world.catcher.to('/slow').length).toBeLessThanOrEqual(8);
    expect(world.catcher.to('/hook').at(-1)!.at - world.catcher.to('/slow')[0]!.at).toBeLessThan(1_000 + 2_000);
  });

  it('that does not answer in time has failed', async () => {
    const { id } = await world.hook();
    world.catcher.reply = (): void => undefined;
    await world.vm();
    await waitUntil(
      async () => (await world.deliveries(id))[0]?.error === 'no answer within 1000 ms',
      'the time to end',
    );
  });

  it('gets the same id again when the sender dies before it notes the answer', async () => {
    const { id } = await world.hook();
    await world.scene.sql.query('BEGIN');
    world.catcher.reply = (response) => {
      // The row is held, so that the sender waits with its note, and is cut off there.
      void world.scene.sql
        .query('SELECT FROM gateway.webhook_delivery FOR UPDATE')
        .then(() => response.writeHead(200).end());
    };
    await world.vm();
    await world.caught(1);
    world.catcher.reply = answer(200);
    let senders: number[] = [];
    await waitUntil(async () => {
      senders = await waitingFor(world, 'settled AS');
      return senders.length > 0;
    }, 'the note of the sender');
    await world.scene.sql.query('SELECT pg_terminate_backend(pid) FROM unnest($1::integer[]) AS pid', [senders]);
    await world.scene.sql.query('COMMIT');
    expect((await world.deliveries(id))[0]).toMatchObject({ state: 'pending', attempts: 1, status: null });
    await world.scene.sql.query('UPDATE gateway.webhook_delivery SET leased_until = now(), next_at = now()');
    await world.settled(id, 'delivered');
    const ids = world.catcher.posts.map(({ headers }) => headers['webhook-id']);
    expect([ids.length, new Set(ids).size]).toEqual([2, 1]);
  });

  it('counts no answer to a sender whose lease had ended', async () => {
    const { id } = await world.hook();
    const answers: ((status: number) => void)[] = [];
    world.catcher.reply = (response) => answers.push((status) => response.writeHead(status).end());
    await world.vm();
    await world.caught(1);
    await world.scene.sql.query('UPDATE gateway.webhook_delivery SET leased_until = now(), next_at = now()');
    await world.caught(2);
    answers[0]?.(410);
    await sleep(200);
    expect((await world.deliveries(id))[0]).toMatchObject({ state: 'pending', attempts: 2, status: null });
    answers[1]?.(200);
    expect(await world.settled(id, 'delivered')).toMatchObject({ attempts: 2, status: 200 });
    expect((await world.get(id)).enabled).toBe(true);
  });

  it('gets each event once from two replicas', async () => {
    await world.scene.startGateway(world.env);
    const { id } = await world.hook();
    world.catcher.reply = (response) => setTimeout(() => response.writeHead(200).end(), 30);
    for (let at = 0; at < 40; at += 1) await world.vm();
    await waitUntil(async () => (await world.deliveries(id, '?state=delivered')).length === 40, '40 deliveries');
    expect(world.catcher.posts).toHaveLength(40);
    expect(new Set(world.catcher.posts.map(({ headers }) => headers['webhook-id'])).size).toBe(40);
  });
});

describe('a gateway that may not post to private networks', () => {
  it('refuses their addresses at the door, and names that lead there when it sends', async () => {
    const world = await HookWorld.open({ DCM_WEBHOOKS_ALLOW_PRIVATE: '0' });
    try {
      const body = { url: world.catcher.url, events: ['vm.changed'] };
      const refused = await world.scene.call('createWebhook', { body, token: world.tenant.token });
      expect([refused.status, refused.body['code']]).toEqual([400, 'INVALID_REQUEST']);
      const { id } = await world.hook({ url: `https://localhost:${world.catcher.port}/hook` });
      await world.vm();
      await waitUntil(
        async () => (await world.deliveries(id))[0]?.error === 'the name leads to an address of a private network',
        'the refusal',
      );
      expect(world.catcher.posts).toEqual([]);
    } finally {
      await world.close();
    }
  });

  it('follows no redirect and believes no strange certificate', async () => {
    const world = await HookWorld.open();
    try {
      world.catcher.reply = answer(302, { location: world.catcher.url.replace('/hook', '/elsewhere') });
      const { id } = await world.hook();
      await world.vm();
      await waitUntil(async () => (await world.deliveries(id))[0]?.status === 302, 'the redirect');
      expect(world.catcher.to('/elsewhere')).toEqual([]);
      await world.scene.stopGateway();
      await world.scene.startGateway({ ...world.env, DCM_WEBHOOKS_CA: undefined });
      await waitUntil(
        async () => /SELF_SIGNED|UNABLE_TO_VERIFY/.test((await world.deliveries(id))[0]?.error ?? ''),
        'the refusal of the certificate',
      );
    } finally {
      await world.close();
    }
  });
});
