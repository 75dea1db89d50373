import { waitUntil } from '@dcm/messaging/testing';
import { eventOf } from './hook-catcher';
import { HookWorld } from './hook.world';
import { LinkWorld, soon } from './link.world';

jest.setTimeout(60_000);

describe('what was sent long ago', () => {
  it('is deleted with webhooks, whether it was taken or not, but for what is new', async () => {
    const world = await HookWorld.open({ DCM_PRUNE_MS: '100' });
    try {
      const { id } = await world.hook();
      for (let at = 0; at < 3; at += 1) await world.vm();
      await waitUntil(async () => (await world.deliveries(id, '?state=delivered')).length === 3, 'three deliveries');
      const old = eventOf(world.catcher.posts[0]!).subject;
      await world.scene.sql.query(
        `UPDATE gateway.webhook_delivery SET created_at = now() - interval '8 days' WHERE subject = $1`,
        [old],
      );
      await waitUntil(async () => (await world.deliveries(id)).length === 2, 'the end of the old one');
      expect((await world.deliveries(id)).map(({ subject }) => subject)).not.toContain(old);
    } finally {
      await world.close();
    }
  });

  it('is deleted with mails, but nobody is asked anew about what is still asked', async () => {
    const world = await LinkWorld.open({ DCM_PRUNE_MS: '100' });
    try {
      await world.person('amy', ['approver']);
      const asked = await world.ask();
      const ended = await world.ask();
      await world.caught('amy', 2);
      await world.scene.approvals.change('approval', ended.id, { ...ended, state: 'approved', expiresAt: soon() });
      await world.scene.projected();
      const { sql } = world.scene;
      await sql.query(`UPDATE gateway.notification SET expires_at = now() - interval '31 days'`);
      await sql.query(`UPDATE gateway.asked_level SET asked_at = now() - interval '31 days'`);
      const count = async (table: string): Promise<number> =>
        (await sql.query(`SELECT FROM gateway.${table}`)).rowCount ?? 0;
      await waitUntil(async () => (await count('notification')) === 0, 'the end of the mails');
      await waitUntil(async () => (await count('asked_level')) === 1, 'the end of one level');
      const { rows } = await sql.query<{ id: string; isOld: boolean }>(
        `SELECT approval_id AS id, asked_at < now() - interval '30 days' AS "isOld" FROM gateway.asked_level`,
      );
      expect([rows, world.mail.mails.length]).toEqual([[{ id: asked.id, isOld: true }], 2]);
    } finally {
      await world.close();
    }
  });
});
