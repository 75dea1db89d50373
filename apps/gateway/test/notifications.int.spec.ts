import { waitUntil } from '@dcm/messaging/testing';
import { Scene } from './scene';
import { LinkWorld } from './link.world';

jest.setTimeout(60_000);

describe('approvers', () => {
  let world: LinkWorld;
  beforeEach(async () => {
    world = await LinkWorld.open();
  });
  afterEach(() => world.close());

  const states = async (): Promise<string[]> => {
    const { rows } = await world.scene.sql.query<{ state: string }>('SELECT state FROM gateway.notification');
    return rows.map(({ state }) => state);
  };
  const told = (): string[] => world.mail.mails.flatMap(({ to }) => to).sort();
  const settled = (count: number): Promise<void> =>
    waitUntil(async () => (await states()).filter((state) => state !== 'pending').length === count, `${count} ends`);
  const metric = async (outcome: string): Promise<boolean> =>
    (await world.scene.http<{ text: string }>('GET', '/metrics')).body.text.includes(
      `dcm_notifications_total{kind="approval",outcome="${outcome}"}`,
    );

  it('who are asked get one mail each, and nobody else gets any', async () => {
    const other = await world.scene.tenant('Other');
    await world.person('amy', ['approver']);
    await world.person('bob', ['tenant-admin', 'developer']);
    await world.person('cleo', ['developer']);
    await world.person('dan', ['approver']);
    await world.person('eve', ['approver'], other);
    await world.person('fay', ['approver']);
    await world.scene.sql.query(`UPDATE gateway.person SET notify = false WHERE principal = 'fay'`);
    await world.person('gil', ['approver']);
    await world.scene.sql.query(`UPDATE gateway.api_token SET expires_at = now() WHERE principal = 'gil'`);
    await world.ask({ requester: 'dan' });
    await settled(2);
    expect(told()).toEqual(['amy@example.com', 'bob@example.com']);
    expect(new Set(world.mail.mails.map(({ link }) => link)).size).toBe(2);
    expect(await metric('sent')).toBe(true);
  });

  it('read in it who asks for what, where, why, at what price, what is lost and until when', async () => {
    await world.person('amy', ['approver']);
    const quota = [{ scope: 'project', id: 'p', dimension: 'vcpus', before: 4, after: 12, limit: 16 }];
    const price = { currency: 'EUR', perHourMicros: 100_000, perMonthMicros: 73_000_000 };
    const amounts = { vcpus: 8, memoryMib: 4096, diskGib: 20, vms: 1 };
    const known = (await world.ask({ state: 'cancelled' })).plan;
    await world.ask({
      reason: 'over <8> vCPUs',
      plan: { ...known, quota, price, amounts, losses: ['no secure boot'] },
    });
    const [mail] = await world.caught('amy');
    for (const text of [
      'dev asks for VM web-01 on vsphere-demo',
      'over <8> vCPUs',
      'over &lt;8&gt; vCPUs',
      '73.00 EUR a month',
      'no secure boot',
      'project: 4 → 12 vCPUs of 16',
      'Answer until: ',
    ]) {
      expect(mail?.body).toContain(text);
    }
    expect(mail?.headers).toMatch(/^Subject: DCM: dev asks for VM web-01 on vsphere-demo$/m);
    expect(mail?.headers).toMatch(/^Auto-Submitted: auto-generated$/im);
  });

  it('get one mail from two replicas', async () => {
    await world.scene.startGateway(world.env);
    await world.person('amy', ['approver']);
    for (let at = 0; at < 10; at += 1) await world.ask();
    await settled(10);
    expect(told()).toHaveLength(10);
    expect(new Set(world.mail.mails.map(({ link }) => link)).size).toBe(10);
  });

  it('get their mail when the mail server is back, whatever it answered before', async () => {
    await world.person('amy', ['approver']);
    await world.mail.close();
    await world.ask();
    const attempts = async (): Promise<number> =>
      Number(
        (await world.scene.sql.query<{ n: string }>('SELECT max(attempts) AS n FROM gateway.notification')).rows[0]?.n,
      );
    await waitUntil(async () => (await attempts()) >= 2, 'two attempts');
    world.mail.reply = 451;
    await world.mail.listen();
    await waitUntil(() => Promise.resolve(world.mail.attempts >= 2), 'two refusals');
    world.mail.reply = undefined;
    await settled(1);
    expect([told(), await states()]).toEqual([['amy@example.com'], ['sent']]);
    expect(await metric('retried')).toBe(true);
  });

  it('are given up when the server refuses them for good, visibly, and hold nobody else up', async () => {
    await world.person('amy', ['approver']);
    world.mail.reply = 550;
    await world.ask();
    await settled(1);
    world.mail.reply = undefined;
    expect([await states(), await metric('failed')]).toEqual([['failed'], true]);
    await world.ask();
    expect(await world.caught('amy')).toHaveLength(1);
  });

  it('are not told of what is no longer asked', async () => {
    await world.person('amy', ['approver']);
    await world.mail.close();
    const approval = await world.ask();
    await waitUntil(async () => (await states()).length === 1, 'a mail that waits');
    await world.scene.approvals.change('approval', approval.id, { ...approval, state: 'cancelled' });
    await settled(1);
    await world.mail.listen();
    expect([await states(), told()]).toEqual([['dropped'], []]);
  });

  it('are told again when another plan is asked about', async () => {
    await world.person('amy', ['approver']);
    const approval = await world.ask();
    await world.caught('amy');
    await world.scene.approvals.change('approval', approval.id, {
      ...approval,
      plan: { ...approval.plan, hash: 'h2' },
    });
    expect(await world.caught('amy', 2)).toHaveLength(2);
  });

  it.each([
    'amy@example.com\r\nBcc: mallory@example.com',
    'amy@example.com\nBcc: mallory@example.com',
    'amy@example.com, mallory@example.com',
    'Amy <amy@example.com>',
    'amy@example.com\0',
    '"a\r\nb"@example.com',
    'amy',
    `${'a'.repeat(250)}@example.com`,
  ])('cannot have the address %j', async (email) => {
    const answer = await world.scene.call('setPerson', {
      params: { principal: 'amy' },
      body: { email },
      token: world.tenant.token,
    });
    expect([answer.status, answer.body['code']]).toEqual([400, 'INVALID_REQUEST']);
  });

  it('get no header from a name that holds one', async () => {
    await world.person('amy', ['approver']);
    await world.ask({ requester: 'dev\r\nBcc: mallory@example.com' });
    const [mail] = await world.caught('amy');
    expect([mail?.headers.match(/^bcc:/im), mail?.to]).toEqual([null, ['amy@example.com']]);
  });
});

describe('a gateway without a mail server', () => {
  it('is ready, and notifies nobody', async () => {
    const scene = await Scene.open();
    try {
      expect((await scene.call('ready')).status).toBe(200);
    } finally {
      await scene.close();
    }
  });
});
