import type { AdminActor } from '@dcm/contracts';
import { exchanges, isFinal } from '@dcm/contracts';
import { publishAll, toMessage } from '@dcm/messaging';
import { waitUntil } from '@dcm/messaging/testing';
import { createSealingKey, memberIdOf, newId, openSealed, operationIdOf, vmIdOf } from '@dcm/runtime';
import { aPlan } from './provisioner.builder';
import { batchDoors, idsOf, namesIn, three, thresholds } from './batch.builder';
import { aBody, OperationsStand, type Home } from './operations-stand';
import { anError } from './scene.builder';

jest.setTimeout(30_000);

describe('a request for several equal VMs', () => {
  let stand: OperationsStand;
  let home: Home;
  let amy: AdminActor;

  beforeAll(async () => {
    stand = await OperationsStand.open();
  });
  beforeEach(async () => {
    home = await stand.home();
    amy = { principal: 'amy', tenantId: home.tenantId, roles: ['approver'] };
  });
  afterEach(() => stand.assertInvariants());
  afterAll(() => stand.close());

  const { ask, all, asked, decide, limit, plansAsked } = batchDoors(() => ({ stand, home, amy }));
  /** A project where two VMs of two vCPUs need nobody, and three do. */
  const strict = async (): Promise<void> => {
    home = await stand.home({ policy: thresholds });
    amy = { ...amy, tenantId: home.tenantId };
  };
  const names = (): Promise<string[]> => namesIn(stand, home);

  it('makes all of them by one plan, each under its own name and number', async () => {
    const first = await ask();
    const operations = await all(first, 'succeeded');
    expect(operations.map(({ batch }) => batch)).toEqual(three.map((index) => ({ id: first, index, count: 3 })));
    expect(await names()).toEqual(['web-1', 'web-2', 'web-3']);
    expect(plansAsked()).toBe(1);
    const specs = home.provisioner.commands('provision').map(({ vm }) => vm?.spec.platformName);
    expect(specs.sort()).toEqual(idsOf(first).map((id, index) => `web-${index + 1}-${vmIdOf(id).slice(0, 8)}`));
    const numbers = await stand.rows<{ n: number }>(
      'SELECT DISTINCT instance_number AS n FROM approvals.vm WHERE project_id = $1 AND batch_id IS NULL',
      [home.projectId],
    );
    expect(numbers).toHaveLength(3);
    expect(new Set(operations.map(({ plan }) => plan?.hash)).size).toBe(3);
    expect(operations.map(({ plan }) => plan?.total)).toEqual([undefined, undefined, undefined]);
  });

  it('of one is a request as ever: the VM has the very name', async () => {
    const id = await ask({ count: 1 });
    const operation = await stand.until(id, 'succeeded');
    expect([operation.batch, await names()]).toEqual([undefined, ['web']]);
  });

  it('is one request when it comes twice, and after another start', async () => {
    const id = operationIdOf('test', newId());
    home.provisioner.plan = () => undefined;
    await Promise.all([ask({}, { id }), ask({}, { id })]);
    await stand.until(id, 'planning');
    await stand.stopApprovals();
    await stand.startApprovals();
    await ask({}, { id });
    home.provisioner.plan = () => aPlan();
    await all(id, 'succeeded');
    expect(await names()).toEqual(['web-1', 'web-2', 'web-3']);
    const kept = await stand.rows(
      'SELECT data FROM approvals.request WHERE operation_id = ANY ($1) ORDER BY data ->> $2',
      [idsOf(id), 'name'],
    );
    expect(kept).toMatchObject(three.map((index) => ({ data: { name: `web-${index}` } })));
    await ask({ count: 4 }, { id }).catch(() => undefined);
    expect(await names()).toHaveLength(3);
  });

  it('fits into the quota as a whole or not at all', async () => {
    await limit({ vms: 3, vcpus: 6 });
    await all(await ask(), 'succeeded');
    await limit({ vms: 6, vcpus: 11 });
    const refused = await all(await ask({ name: 'db' }), 'rejected');
    for (const { error } of refused) {
      expect(error).toMatchObject({
        code: 'QUOTA_EXCEEDED',
        message: 'Unable to reserve quota for all 3 VMs: project quota of vcpus: limit 11, in use 6, asked 6',
      });
    }
    expect(await stand.rows('SELECT 1 FROM approvals.ledger WHERE project_id = $1', [home.projectId])).toHaveLength(3);
    await all(await ask({ name: 'db', count: 2 }), 'succeeded', 2);
  });

  it('is refused as a whole when its plan takes more than is left, and its image brings the rest', async () => {
    await limit({ diskGib: 40 });
    home.provisioner.plan = () => aPlan({ diskGib: 14 });
    const [one] = await all(await ask(), 'rejected');
    expect(one?.error?.details?.[0]?.message).toBe('project quota of diskGib: limit 40, in use 30, asked 12');
  });

  it('is refused as a whole when one of its names is taken, and says which', async () => {
    await stand.until(await stand.create(home, { name: 'web-2' }), 'succeeded');
    const [one, , other] = await all(await ask(), 'rejected');
    expect(one?.error).toMatchObject({
      code: 'CONFLICT',
      message: 'Unable to create VM web-2: the project has a VM of this name',
      details: [{ pointer: '/name' }],
    });
    expect(other?.error).toEqual(one?.error);
  });

  it('ends as a whole when the site cannot do it, and when the site never announced itself', async () => {
    home.provisioner.plan = () => anError('IMAGE_NOT_FOUND', 'NONE', { message: 'no such image' });
    const [, second] = await all(await ask(), 'rejected');
    expect(second?.error).toMatchObject({ code: 'PLAN_REFUSED', message: 'no such image' });
    const silent = await stand.home({ announce: false });
    const first = await ask({}, {}, { home: silent });
    await stand.until(first, 'accepted');
    await stand.rows(
      `UPDATE approvals.operation SET wake_at = now() - interval '1 s', deadline_at = now() - interval '1 s',
         doc = jsonb_set(doc::jsonb, '{deadlineAt}', '"2020-01-01T00:00:00.000Z"')::json WHERE id = $1`,
      [memberIdOf(first, 1)],
    );
    const ended = await all(first, 'expired');
    expect(ended.map(({ error }) => error?.code)).toEqual(three.map(() => 'DEADLINE_EXCEEDED'));
  });

  it('is planned once its site has announced itself', async () => {
    home = await stand.home({ announce: false });
    const first = await ask();
    await stand.until(first, 'accepted');
    await home.provisioner.announce();
    await all(first, 'succeeded');
    expect(plansAsked()).toBe(1);
  });

  it('falls apart into its VMs once it is decided: each ends as it does', async () => {
    const kept = home.provisioner.act;
    home.provisioner.act = async (command, type) => {
      if (command.vm?.spec.name !== 'web-2') return kept(command, type);
      if ((await home.provisioner.ask('claim', command)).verdict === 'go')
        await home.provisioner.fail(command, anError('IMAGE_NOT_FOUND'));
    };
    const first = await ask();
    const ends = await Promise.all(
      idsOf(first).map(async (id) => {
        await waitUntil(async () => isFinal((await stand.operation(id))?.state ?? 'accepted'), `${id} to end`);
        return (await stand.operation(id))?.state;
      }),
    );
    expect(ends).toEqual(['succeeded', 'failed', 'succeeded']);
    expect(await stand.ledger(memberIdOf(first, 2))).toBe('nothing');
  });

  it('is asked for once more one VM at a time', async () => {
    await strict();
    const { first, approval } = await asked();
    await decide(approval, 'reject');
    await all(first, 'rejected');
    const asking = await stand.call('admin.operation.asked', { operationId: memberIdOf(first, 2) });
    expect(asking.data).toMatchObject({ name: 'web-2' });
    const again = await stand.ask(home, 'io.dcm.vm.create.v1', { ...asking.data, resubmits: memberIdOf(first, 2) });
    await stand.until(again, 'succeeded');
    expect(await names()).toContain('web-2');
  });

  it('of another system is sealed for each VM by DCM, and brings no sealed secrets of its own', async () => {
    const { publicKey, privateKey } = createSealingKey();
    home = await stand.home({ sealingKey: publicKey });
    const user = `shop-${newId()}`;
    await stand.call('admin.publisher.create', { userId: user, tenantId: home.tenantId });
    const shop = await stand.connectAs(user);
    const send = async (fields: object): Promise<string> => {
      const id = newId();
      const data = aBody(home, { name: 'web', count: 2, guest: { userData: '#cloud-config' }, ...fields });
      const draft = { exchange: exchanges.requests, routingKey: 'vm.create', type: 'io.dcm.vm.create.v1' } as const;
      await publishAll(shop, [toMessage({ ...draft, source: '/shop', id, data })]);
      return id;
    };
    home.provisioner.plan = () => undefined;
    const first = operationIdOf(user, await send({}));
    await stand.until(first, 'planning');
    const sealed = await stand.rows<{ id: string; text: string }>(
      `SELECT id, spec #>> '{guest,userData}' AS text FROM approvals.vm WHERE project_id = $1 ORDER BY name`,
      [home.projectId],
    );
    expect(sealed.map(({ id, text }) => openSealed(privateKey, text, id))).toEqual(['#cloud-config', '#cloud-config']);
    home.provisioner.plan = () => aPlan();
    await all(first, 'succeeded', 2);
    const dead = await send({ name: 'db', memberSecrets: [{ userData: 'sealed:v1:x' }] });
    await waitUntil(
      async () => (await stand.deadLetters()).some(({ message_id: id }) => id === dead),
      'the dead letter',
    );
    const letter = (await stand.deadLetters()).find(({ message_id: id }) => id === dead);
    expect(letter?.error).toMatchObject({ code: 'INVALID_REQUEST', details: [{ pointer: '/memberSecrets' }] });
  });
});
