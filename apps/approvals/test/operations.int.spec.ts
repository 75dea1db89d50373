import { exchanges, type DcmErrorBody } from '@dcm/contracts';
import { publishAll, type OutgoingMessage } from '@dcm/messaging';
import { waitUntil } from '@dcm/messaging/testing';
import { createSealingKey, newId, openSealed, operationIdOf, vmIdOf } from '@dcm/runtime';
import { aPlan, statusOf } from './provisioner.builder';
import { aBody, OperationsStand, type Home } from './operations-stand';
import { anError } from './scene.builder';

jest.setTimeout(30_000);

describe('requests for operations', () => {
  let stand: OperationsStand;
  let home: Home;

  beforeAll(async () => {
    stand = await OperationsStand.open();
  });
  beforeEach(async () => {
    home = await stand.home();
  });
  afterEach(() => stand.assertInvariants());
  afterAll(() => stand.close());

  const plain = (type: string, id: string, data: unknown): OutgoingMessage => ({
    id,
    exchange: exchanges.requests,
    routingKey: type,
    type,
    contentType: 'application/json',
    body: Buffer.from(JSON.stringify(data)),
  });

  /** Registers another system as a publisher of the home's tenant. */
  const publisherOf = async (): Promise<{ userId: string; send: (message: OutgoingMessage) => Promise<void> }> => {
    const userId = `erp-${newId().slice(-8)}`;
    await stand.call('admin.publisher.create', { userId, tenantId: home.tenantId });
    const broker = await stand.connectAs(userId);
    return { userId, send: (message) => publishAll(broker, [message]) };
  };

  it('make the VM that was asked for', async () => {
    const id = await stand.create(home, { name: 'web-01', disks: [{ sizeGib: 12 }], poweredOn: true });
    const operation = await stand.until(id, 'succeeded');
    expect(operation).toMatchObject({ percent: 100, attempt: 1, waitingFor: null, error: null, requester: 'dave' });
    expect(operation.plan).toMatchObject({
      site: home.site,
      amounts: { vcpus: 2, memoryMib: 2048, diskGib: 12, vms: 1 },
    });
    const vm = await stand.vm(id);
    expect(vm).toMatchObject({ id: vmIdOf(id), lifecycle: 'active', power: 'on', presence: 'present' });
    expect(vm?.platformName).toBe(`web-01-${vmIdOf(id).slice(0, 8)}`);
    expect(await stand.ledger(id)).toBe('used');
    const [command] = home.provisioner.commands('provision');
    expect(command).toMatchObject({
      attempt: 1,
      instanceNumber: 1,
      vm: { spec: { image: { source: 'tpl-debian-12' } } },
    });
    expect(command?.ownership).toMatchObject({ tenant: home.tenantId, project: home.projectId, instance: vmIdOf(id) });
  });

  it('have no further effect when the same message comes again', async () => {
    const body = aBody(home);
    const id = await stand.ask(home, 'io.dcm.vm.create.v1', body);
    await Promise.all([1, 2, 3].map(() => stand.ask(home, 'io.dcm.vm.create.v1', body, { id })));
    const { seq } = await stand.until(id, 'succeeded');
    await stand.ask(home, 'io.dcm.vm.create.v1', body, { id });
    const after = await stand.create(home);
    await stand.until(after, 'succeeded');
    expect((await stand.operation(id))?.seq).toBe(seq);
    expect(home.provisioner.commands('provision', id)).toHaveLength(1);
    expect(await stand.deadLetters()).toEqual([]);
  });

  it('are refused when their id comes again with another payload, and change nothing', async () => {
    const id = await stand.create(home);
    const { seq } = await stand.until(id, 'succeeded');
    await stand.create(home, { cpus: 8, memoryMib: 4096, size: undefined }, { id });
    await waitUntil(async () => (await stand.deadLetters()).length === 1, 'the dead letter');
    expect(await stand.deadLetters()).toMatchObject([{ reason: 'IDEMPOTENCY_KEY_REUSED' }]);
    expect((await stand.operation(id))?.seq).toBe(seq);
    await stand.rows('DELETE FROM approvals.dead_letter RETURNING id');
  });

  it('of a registered publisher need no signature: its broker user is its tenant', async () => {
    const erp = await publisherOf();
    const message = plain('vm.create', 'order-4711', aBody(home));
    await erp.send(message);
    await erp.send(message);
    const id = operationIdOf(erp.userId, 'order-4711');
    const operation = await stand.until(id, 'succeeded');
    expect(operation).toMatchObject({ tenantId: home.tenantId, requester: erp.userId });
    expect(home.provisioner.commands('provision')).toHaveLength(1);
  });

  it('have their guest secrets sealed for the site before they are stored, and erased at the end', async () => {
    const key = createSealingKey();
    home = await stand.home({ sealingKey: key.publicKey });
    await waitUntil(async () => (await siteKey()) !== null, 'the announcement');
    const erp = await publisherOf();
    home.provisioner.plan = () => undefined;
    const guest = { userData: '#cloud-config top-secret', adminPassword: 'top-secret-2' };
    await erp.send(plain('vm.create', 'sealed', aBody(home, { guest })));
    const id = operationIdOf(erp.userId, 'sealed');
    await stand.until(id, 'planning');
    const stored = await stand.rows<{ all: string }>(
      `SELECT v.spec::text || v.doc::text || o.doc::text || (SELECT string_agg(doc::text, '') FROM approvals.journal) AS all
       FROM approvals.vm v JOIN approvals.operation o ON o.vm_id = v.id WHERE o.id = $1`,
      [id],
    );
    expect(stored[0]?.all).toContain('sealed:v1:');
    expect(stored[0]?.all).not.toContain('top-secret');
    await waitUntil(() => home.provisioner.commands('plan').length > 0, 'the plan command');
    const sealed = home.provisioner.received.find(({ type }) => type.includes('.plan.'))?.data.spec.guest;
    expect(openSealed(key.privateKey, sealed?.userData ?? '', vmIdOf(id))).toBe(guest.userData);
    expect(openSealed(key.privateKey, sealed?.adminPassword ?? '', vmIdOf(id))).toBe(guest.adminPassword);
    home.provisioner.plan = () => aPlan();
    await stand.until(id, 'succeeded');
    const spec = await stand.rows<{ data: string | null }>(
      `SELECT coalesce(spec #>> '{guest,userData}', spec #>> '{guest,adminPassword}') AS data FROM approvals.vm WHERE id = $1`,
      [vmIdOf(id)],
    );
    expect(spec[0]?.data).toBeNull();
  });
  const siteKey = async (): Promise<string | null> =>
    (
      await stand.rows<{ sealing_key: string | null }>('SELECT sealing_key FROM approvals.site WHERE name = $1', [
        home.site,
      ])
    )[0]?.sealing_key ?? null;

  it('wait for a site that has not announced itself, and go on when it does', async () => {
    home = await stand.home({ announce: false });
    const id = await stand.create(home);
    const waiting = await stand.until(id, 'accepted');
    expect(waiting.waitingFor).toMatchObject({
      kind: 'site',
      detail: `site ${home.site} has not announced itself yet`,
    });
    expect(await stand.ledger(id)).toBe('held');
    await home.provisioner.announce();
    await stand.until(id, 'succeeded');
  });

  it('are planned again when the site does not answer in time', async () => {
    let asked = 0;
    home.provisioner.plan = () => ((asked += 1) < 2 ? undefined : aPlan());
    const id = await stand.create(home);
    expect((await stand.until(id, 'planning')).waitingFor).toMatchObject({
      kind: 'plan',
      then: 'the plan is asked for again',
    });
    await stand.until(id, 'succeeded');
    expect(asked).toBe(2);
  });

  describe('that cannot be', () => {
    const rejected = async (id: Awaited<ReturnType<typeof stand.create>>): Promise<DcmErrorBody | null> => {
      const operation = await stand.until(id, 'rejected');
      expect(operation).toMatchObject({ done: true, waitingFor: null });
      expect(await stand.ledger(id)).toBe('nothing');
      return operation.error;
    };

    it.each([
      ['an unknown size', { size: 'huge' }, 'NOT_FOUND', '/size'],
      ['an unknown image', { image: 'windows' }, 'NOT_FOUND', '/image'],
    ])('become a rejected operation that names %s', async (_what, body, code, pointer) => {
      const id = await stand.create(home, body);
      expect(await rejected(id)).toMatchObject({ code, details: [{ pointer }] });
      expect(await stand.vm(id)).toMatchObject({ lifecycle: 'failed' });
    });

    it('become a rejected operation when the image has no template on this site', async () => {
      await stand.call('admin.image.create', { name: `elsewhere-${home.site.slice(-5)}`, templates: {} });
      const id = await stand.create(home, { image: `elsewhere-${home.site.slice(-5)}` });
      expect((await rejected(id))?.message).toContain(`has no template on site ${home.site}`);
    });

    it("treat another tenant's project as one that is not there", async () => {
      const other = await stand.neighbour(home);
      const id = await stand.create({ ...home, projectId: other.projectId });
      expect(await rejected(id)).toMatchObject({ code: 'NOT_FOUND', details: [{ pointer: '/projectId' }] });
      expect(await stand.vm(id)).toBeUndefined();
      const foreign = await stand.create(other);
      await stand.until(foreign, 'succeeded');
      const power = await stand.power(home, foreign);
      expect(await rejected(power)).toMatchObject({ code: 'NOT_FOUND' });
    });

    it('do not take the name of a live VM, which is free again once that is gone', async () => {
      const first = await stand.create(home, { name: 'web' });
      await stand.until(first, 'succeeded');
      const second = await stand.create(home, { name: 'web' });
      expect(await rejected(second)).toMatchObject({ code: 'CONFLICT', details: [{ pointer: '/name' }] });
      await stand.until(await stand.delete(home, first), 'succeeded');
      await stand.until(await stand.create(home, { name: 'web' }), 'succeeded');
    });

    it('with guest secrets and a site without a key are refused: nobody could read them', async () => {
      const id = await stand.create(home, { guest: { userData: 'top-secret' } });
      expect(await rejected(id)).toMatchObject({ code: 'SITE_UNAVAILABLE', details: [{ pointer: '/guest/userData' }] });
    });

    it('are refused by the plan, with every finding', async () => {
      home.provisioner.plan = () =>
        aPlan({
          diagnostics: [
            { severity: 'error', pointer: '/networks/0/network', message: 'no such network' },
            { severity: 'warning', pointer: '/disks/0', message: 'thin' },
            { severity: 'error', pointer: '/image', message: 'no such template' },
          ],
        });
      const id = await stand.create(home);
      const error = await rejected(id);
      expect(error?.code).toBe('PLAN_REFUSED');
      expect(error?.details?.map(({ pointer }) => pointer)).toEqual(['/networks/0/network', '/image']);
      expect(await stand.vm(id)).toMatchObject({ lifecycle: 'failed' });
    });

    it('are refused when the plan shows that they do not fit into the quota after all', async () => {
      await stand.call('admin.quota.set', { scope: 'project', id: home.projectId, limits: { diskGib: 30 } });
      home.provisioner.plan = () => aPlan({ diskGib: 31 });
      const id = await stand.create(home, { disks: [{ sizeGib: 10 }] });
      expect(await rejected(id)).toMatchObject({ code: 'QUOTA_EXCEEDED', details: [{ pointer: '/disks' }] });
    });

    it('fail with the reason when the site cannot even plan', async () => {
      home.provisioner.plan = () => anError('MISSING_PRIVILEGE');
      const id = await stand.create(home);
      const operation = await stand.until(id, 'failed');
      expect(operation.error).toMatchObject({ code: 'HYPERVISOR_REFUSED' });
      expect(await stand.ledger(id)).toBe('nothing');
    });

    it('of one state of a VM change it once, however many ask at once', async () => {
      const created = await stand.create(home, { poweredOn: true });
      await stand.until(created, 'succeeded');
      const vm = await stand.vm(created);
      const data = { vmId: vmIdOf(created), power: { action: 'OFF', mode: 'HARD' }, expectedSeq: vm?.seq };
      const asked = await Promise.all([1, 2, 3].map(() => stand.ask(home, 'io.dcm.vm.power.v1', data)));
      await waitUntil(async () => {
        const operations = await Promise.all(asked.map((id) => stand.operation(id)));
        return operations.every((one) => one?.done === true);
      }, 'three ended operations');
      const ended = await Promise.all(asked.map((id) => stand.operation(id)));
      expect(ended.map((one) => one?.error?.code ?? one?.state).sort()).toEqual([
        'PRECONDITION_FAILED',
        'PRECONDITION_FAILED',
        'succeeded',
      ]);
    });

    it('switch no VM that is not active, and delete none that is protected', async () => {
      const id = await stand.create(home, { deletionProtection: true });
      await stand.until(id, 'succeeded');
      const deletion = await stand.until(await stand.delete(home, id), 'rejected');
      expect(deletion.error?.code).toBe('DELETION_PROTECTED');
      const failed = await stand.create(home, { size: 'huge' });
      await rejected(failed);
      expect((await rejected(await stand.power(home, failed)))?.code).toBe('CONFLICT');
    });

    it('change no VM that another operation is changing', async () => {
      const id = await stand.create(home);
      await stand.until(id, 'succeeded');
      home.provisioner.act = () => Promise.resolve();
      const first = await stand.power(home, id);
      await stand.until(first, 'running');
      const second = await stand.power(home, id);
      expect(await rejected2(second)).toMatchObject({ code: 'OPERATION_IN_PROGRESS' });
    });
    const rejected2 = async (id: Awaited<ReturnType<typeof stand.create>>): Promise<DcmErrorBody | null> =>
      (await stand.until(id, 'rejected')).error;
  });

  it('switch a VM off and on, and look again until it has an address', async () => {
    const id = await stand.create(home);
    await stand.until(id, 'succeeded');
    await stand.until(await stand.power(home, id, { action: 'OFF', mode: 'SOFT' }), 'succeeded');
    expect(await stand.vm(id)).toMatchObject({ power: 'off', lifecycle: 'active' });
    const address = {
      address: '10.0.0.9',
      mac: null,
      network: 'lan',
      source: 'dhcp',
      primary: true,
      seenAt: new Date().toISOString(),
    } as const;
    home.provisioner.look = (command) => [statusOf(command, { addresses: [address], guestTools: 'running' })];
    await stand.until(await stand.power(home, id, { action: 'ON' }), 'succeeded');
    await waitUntil(async () => (await stand.vm(id))?.addresses.length === 1, 'the address');
    const looks = await stand.rows('SELECT look_at FROM approvals.vm WHERE id = $1 AND look_at IS NOT NULL', [
      vmIdOf(id),
    ]);
    expect(looks).toEqual([]);
    expect((await stand.vm(id))?.conditions).toContainEqual(
      expect.objectContaining({ type: 'AddressAssigned', status: 'true' }),
    );
  });
});
