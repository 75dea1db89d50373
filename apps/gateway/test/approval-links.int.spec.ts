import { DcmError } from '@dcm/contracts';
import { newId } from '@dcm/runtime';
import { LinkWorld } from './link.world';

jest.setTimeout(60_000);

describe('a link to an approval', () => {
  let world: LinkWorld;
  beforeEach(async () => {
    world = await LinkWorld.open();
    await world.person('amy', ['approver']);
  });
  afterEach(() => world.close());

  const change = (approval: { id: string }, doc: object): Promise<unknown> =>
    world.scene.approvals.change('approval', approval.id, doc as never).then(() => world.scene.projected());

  it('shows the question and takes the answer in the name and with the roles of the person', async () => {
    const approval = await world.ask({ reason: 'more than 8 vCPUs <b>' });
    const link = await world.link('amy');
    const page = await world.show(link);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.body.text).toContain('dev asks for VM web-01 on vsphere-demo');
    expect(page.body.text).toContain('more than 8 vCPUs &lt;b&gt;');
    expect(world.decisions).toEqual([]);
    const answer = await world.answer(link, 'approve');
    expect([answer.status, answer.body.text.includes('You have approved this request.')]).toEqual([200, true]);
    expect(world.decisions).toMatchObject([
      {
        actor: { principal: 'amy', tenantId: world.tenant.id, roles: ['approver'] },
        input: { approvalId: approval.id, planHash: 'h', decision: 'approve', comment: 'as agreed' },
      },
    ]);
  });

  it('runs no script, is kept by nobody, and tells nobody where it was', async () => {
    await world.ask();
    const { headers, body } = await world.show(await world.link('amy'));
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'/,
    );
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-robots-tag')).toContain('noindex');
    expect(body.text).not.toContain('<script');
  });

  it('is not used by a scanner that opens it a hundred times', async () => {
    await world.ask();
    const link = await world.link('amy');
    const before = await world.scene.sql.query(
      'SELECT decision, used_at, recorded_at, token_sha256, expires_at FROM gateway.notification',
    );
    for (let round = 0; round < 50; round += 1) {
      const statuses = await Promise.all(
        ['GET', 'HEAD'].map((method) => world.scene.http(method, link, { token: '' })),
      );
      expect(statuses.map(({ status }) => status)).toEqual([200, 200]);
    }
    const after = await world.scene.sql.query(
      'SELECT decision, used_at, recorded_at, token_sha256, expires_at FROM gateway.notification',
    );
    expect(after.rows).toEqual(before.rows);
    expect(world.decisions).toEqual([]);
  });

  it('works once: the same answer again is said to be recorded, another one is refused', async () => {
    await world.ask();
    const link = await world.link('amy');
    await world.answer(link, 'approve');
    const again = await world.answer(link, 'approve');
    expect([again.status, again.body.text.includes('already recorded')]).toEqual([200, true]);
    const other = await world.answer(link, 'reject');
    expect([other.status, other.body.text.includes('This link has been used')]).toEqual([409, true]);
    expect((await world.show(link)).body.text).toContain('already recorded');
    expect(world.decisions).toHaveLength(1);
  });

  it('is one decision when both buttons are pressed many times at once', async () => {
    await world.ask();
    const link = await world.link('amy');
    await Promise.all(Array.from({ length: 10 }, (_, at) => world.answer(link, at % 2 === 0 ? 'approve' : 'reject')));
    expect(new Set(world.decisions.map(({ input }) => input['decision'])).size).toBe(1);
  });

  it('is not known once it is tampered with', async () => {
    await world.ask();
    const link = await world.link('amy');
    const last = link.endsWith('A') ? 'B' : 'A';
    for (const tampered of [
      link.slice(0, -1) + last,
      `${link}x`,
      link.slice(0, -1),
      link.toUpperCase().replace('/V1/APPROVAL-LINKS', '/v1/approval-links'),
    ]) {
      expect((await world.show(tampered)).status).toBe(404);
      expect((await world.answer(tampered, 'approve')).status).toBe(404);
    }
    expect(world.decisions).toEqual([]);
  });

  it('is not stored: the table holds a hash that is of no use', async () => {
    await world.ask();
    const token = (await world.link('amy')).split('/').at(-1) ?? '';
    const { rows } = await world.scene.sql.query<{ text: string; hash: string }>(
      `SELECT row_to_json(n)::text AS text, translate(encode(token_sha256, 'base64'), '+/=', '-_') AS hash FROM gateway.notification AS n`,
    );
    expect(rows[0]?.text).not.toContain(token);
    expect((await world.show(`/v1/approval-links/${rows[0]?.hash ?? ''}`)).status).toBe(404);
  });

  it('is too late when its time is over', async () => {
    await world.ask();
    const link = await world.link('amy');
    await world.scene.sql.query(`UPDATE gateway.notification SET expires_at = now() - interval '1 s'`);
    for (const page of [await world.show(link), await world.answer(link, 'approve')]) {
      expect([page.status, page.body.text.includes('This link is too late')]).toEqual([410, true]);
    }
    expect(world.decisions).toEqual([]);
  });

  it('is refused when the plan has changed, and leads to the new question', async () => {
    const old = await world.ask();
    const link = await world.link('amy');
    await change(old, { ...old, state: 'superseded' });
    const { operationId, vmId } = old;
    await world.ask({ id: newId(), operationId, vmId, plan: { ...old.plan, hash: 'h2' } });
    const [, mail] = await world.caught('amy', 2);
    const page = await world.answer(link, 'approve');
    expect([page.status, page.body.text.includes('The plan has changed')]).toEqual([409, true]);
    expect(page.body.text).toContain(`href="https://dcm.example.com${mail?.link ?? ''}"`);
    expect(world.decisions).toEqual([]);
  });

  it('is refused when approvals knows a newer plan than the gateway, and is not used up by that', async () => {
    await world.ask();
    const link = await world.link('amy');
    world.scene.approvals.answer('approval.decide', () => {
      throw new DcmError('PLAN_CHANGED', 'it is about another plan');
    });
    expect((await world.answer(link, 'approve')).status).toBe(409);
    expect((await world.show(link)).status).toBe(200);
  });

  it('takes the same answer again when it is not certain that it was taken, and no other', async () => {
    await world.ask();
    const link = await world.link('amy');
    world.scene.approvals.answer('approval.decide', () => {
      throw new DcmError('UNAVAILABLE', 'no answer');
    });
    expect((await world.answer(link, 'approve')).status).toBe(503);
    expect((await world.answer(link, 'reject')).status).toBe(409);
    expect((await world.answer(link, 'approve')).status).toBe(503);
    expect(world.decisions.map(({ input }) => input['decision'])).toEqual(['approve', 'approve']);
  });

  it.each(['approved', 'rejected', 'expired', 'cancelled'])(
    'is refused when the question is %s already',
    async (state) => {
      const approval = await world.ask();
      const link = await world.link('amy');
      await change(approval, { ...approval, state });
      const page = await world.answer(link, 'approve');
      expect([page.status, page.body.text.includes(`The question is ${state} already`)]).toEqual([409, true]);
      expect(world.decisions).toEqual([]);
    },
  );

  it('is refused when the question has moved to its next level', async () => {
    const level = { mode: 'ANY_OF', minApprovals: 1, expiresInHours: 1, onExpiry: 'escalate' };
    const levels = [
      { ...level, approvers: [{ user: 'amy' }] },
      { ...level, approvers: [{ user: 'bob' }] },
    ];
    await world.person('bob', ['approver']);
    const approval = await world.ask({ levels, level: 0 });
    const link = await world.link('amy');
    expect(world.mail.to('bob@example.com')).toEqual([]);
    await change(approval, { ...approval, levels, level: 1 });
    expect((await world.answer(link, 'approve')).status).toBe(409);
    expect((await world.answer(await world.link('bob'), 'approve')).status).toBe(200);
    expect(world.decisions).toMatchObject([{ actor: { principal: 'bob' } }]);
  });

  const revoke = `UPDATE gateway.api_token SET revoked_at = now() WHERE principal = 'amy'`;
  const demote = `UPDATE gateway.api_token SET roles = '{developer}' WHERE principal = 'amy'`;
  it.each([
    ['has no token any more', revoke],
    ['has other roles now', demote],
    ['has another address now', `UPDATE gateway.person SET email = 'mallory@example.com'`],
    ['is no longer known', `DELETE FROM gateway.person`],
  ])('is refused when the person %s', async (_, statement) => {
    await world.ask();
    const link = await world.link('amy');
    await world.scene.sql.query(statement);
    for (const page of [await world.show(link), await world.answer(link, 'approve')]) {
      expect([page.status, page.body.text.includes('You cannot decide about this')]).toEqual([403, true]);
    }
    expect(world.decisions).toEqual([]);
  });

  it('is refused to whoever asked for the thing', async () => {
    const approval = await world.ask();
    const link = await world.link('amy');
    await change(approval, { ...approval, requester: 'amy' });
    const page = await world.answer(link, 'approve');
    expect([page.status, page.body.text.includes('This is your own request')]).toEqual([403, true]);
    expect(world.decisions).toEqual([]);
  });

  it.each([
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ origin: 'https://evil.example' }, 403],
    [{ 'sec-fetch-site': 'same-origin', origin: 'null' }, 200],
    [{ origin: 'https://dcm.example.com' }, 200],
  ])('takes its form from its own page only: %j is answered %d', async (headers, status) => {
    await world.ask();
    const page = await world.answer(await world.link('amy'), 'approve', headers);
    expect([page.status, world.decisions.length]).toEqual([status, status === 200 ? 1 : 0]);
  });

  it('takes forms alone, and no other route takes one', async () => {
    await world.ask();
    const link = await world.link('amy');
    const form = { body: 'decision=approve', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
    expect((await world.scene.http('POST', '/v1/tenants', form)).status).toBe(415);
    expect((await world.scene.http('POST', link, { token: '', body: { decision: 'approve' } })).status).toBe(415);
    expect((await world.scene.http('POST', link, { ...form, body: 'decision=approve&decision=reject' })).status).toBe(
      400,
    );
    expect((await world.scene.http('POST', link, { ...form, body: 'decision=approve&planHash=x' })).status).toBe(400);
    expect(world.decisions).toEqual([]);
  });

  it('that is not known is not asked for too often from one address, which holds no other link up', async () => {
    await world.ask();
    const link = await world.link('amy');
    const statuses: number[] = [];
    for (let at = 0; at < 22; at += 1) statuses.push((await world.show(`/v1/approval-links/guess-${at}`)).status);
    expect(statuses.slice(-3)).toEqual([404, 429, 429]);
    expect((await world.show(link)).status).toBe(200);
  });
});
