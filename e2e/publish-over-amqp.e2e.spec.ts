import { hasPython, until } from './process';
import { Product, type Json } from './product';

const withPika = hasPython('pika') && (process.env['AMQP_URL'] ?? '').startsWith('amqp') ? describe : describe.skip;

withPika('a VM asked for over AMQP by another system', () => {
  let product: Product;
  let userId: string;
  beforeAll(async () => {
    product = await Product.start();
    userId = decodeURIComponent(new URL(product.stack.amqpUrl ?? 'amqp://x@y').username);
  }, 180_000);
  afterAll(() => product.stop(), 60_000);

  const body = (change: Json = {}): Json => ({
    projectId: product.projectId,
    name: 'amqp-01',
    image: 'debian-12',
    size: 'small',
    ...change,
  });
  const message = (messageId: string, content: unknown, change: Json = {}): Json => ({
    key: 'vm.create',
    messageId,
    userId,
    body: typeof content === 'string' ? content : JSON.stringify(content),
    ...change,
  });
  const vms = async (): Promise<Json[]> =>
    (await product.http<{ items: Json[] }>('GET', '/v1/vms?pageSize=1000')).body.items;
  const deadLetters = async (): Promise<Json[]> =>
    (await product.http<{ items: Json[] }>('GET', '/v1/dead-letters?limit=1000', { token: product.stack.adminToken }))
      .body.items;

  it('is made from plain JSON, and the same message id again makes none', async () => {
    await product.publish([message('order-1', body())]);
    const vm = await until('the VM is active', 60_000, async () =>
      (await vms()).find((one) => one['name'] === 'amqp-01' && one['lifecycle'] === 'active'),
    );
    await product.publish([message('order-1', body()), message('order-2', body({ name: 'amqp-02' }))]);
    await until('the second VM is active', 60_000, async () =>
      (await vms()).find((one) => one['name'] === 'amqp-02' && one['lifecycle'] === 'active'),
    );
    expect((await vms()).map((one) => one['name']).sort()).toEqual(['amqp-01', 'amqp-02']);
    expect((await product.marked()).filter((one) => one.instance === vm['id'])).toMatchObject([
      { power: 'on', cpus: 1, memoryMib: 1024 },
    ]);
  }, 120_000);

  it('is made from a CloudEvent as well', async () => {
    const event = {
      specversion: '1.0',
      id: 'ce-1',
      source: '/erp',
      type: 'io.dcm.vm.create.v1',
      data: body({ name: 'amqp-ce' }),
    };
    await product.publish([message('ce-1', event, { contentType: 'application/cloudevents+json' })]);
    await until('the VM is active', 60_000, async () =>
      (await vms()).find((one) => one['name'] === 'amqp-ce' && one['lifecycle'] === 'active'),
    );
  }, 90_000);

  it('lands in dead letters with its reason when it is garbage, and makes nothing', async () => {
    const before = (await vms()).length;
    const bad: [reason: string, message: Json][] = [
      ['INVALID_REQUEST', message('bad-1', 'not json')],
      ['INVALID_REQUEST', message('bad-2', '')],
      ['INVALID_REQUEST', message('bad-3', '[]')],
      ['INVALID_REQUEST', message('bad-4', 'null')],
      ['INVALID_REQUEST', message('bad-5', '"text"')],
      ['INVALID_REQUEST', message('bad-6', {})],
      ['INVALID_REQUEST', message('bad-7', body({ colour: 'red' }))],
      ['INVALID_REQUEST', message('bad-8', body({ name: 'CAPITALS' }))],
      ['INVALID_REQUEST', message('bad-9', body({ cpus: 1 }))],
      ['INVALID_REQUEST', message('bad-10', body({ size: undefined, cpus: -1, memoryMib: 1024 }))],
      ['INVALID_REQUEST', message('bad-11', body({ disks: [{}] }))],
      ['INVALID_REQUEST', message('bad-12', body({ networks: 'all' }))],
      ['INVALID_REQUEST', message('bad-13', body({ tenantId: product.stack.tenantId }))],
      ['INVALID_REQUEST', message('bad-14', body(), { key: 'vm.explode' })],
      ['INVALID_REQUEST', message('bad-15', body(), { type: 'io.dcm.vm.create.v99' })],
      ['INVALID_REQUEST', message('bad-16', { vmId: 'x' }, { key: 'vm.delete' })],
      ['INVALID_REQUEST', message('bad-17', '{"name":"\u0000"}')],
      [
        'INVALID_REQUEST',
        message(
          'bad-18',
          { specversion: '1.0', type: 'io.dcm.vm.create.v1' },
          { contentType: 'application/cloudevents+json' },
        ),
      ],
      ['UNAUTHENTICATED', message('bad-19', body({ name: 'nobody' }), { userId: null })],
      ['INVALID_REQUEST', message('bad-20', body({ name: 'nameless' }), { messageId: null })],
    ];
    await product.publish(bad.map(([, one]) => one));
    const dead = await until('20 dead letters are listed', 60_000, async () => {
      const all = await deadLetters();
      return all.length >= bad.length ? all : undefined;
    });
    const reasonOf = new Map(
      dead.map((one) => [one['messageId'], (one['error'] as Json | null)?.['code'] ?? one['reason']]),
    );
    for (const [reason, one] of bad.filter(([, m]) => m['messageId'] !== null)) {
      expect([one['messageId'], reasonOf.get(one['messageId'] as string)]).toEqual([one['messageId'], reason]);
    }
    expect(dead).toHaveLength(bad.length);
    expect(dead.every((one) => one['publisher'] === userId || one['messageId'] === 'bad-19')).toBe(true);
    expect((await vms()).length).toBe(before);
  }, 120_000);

  it('can be replayed from dead letters: still bad stays, and says why', async () => {
    const letter = (await deadLetters()).find((one) => one['messageId'] === 'bad-8');
    const replay = await product.http('POST', `/v1/dead-letters/${String(letter?.['id'])}/replay`, {
      token: product.stack.adminToken,
    });
    expect([replay.status, replay.body['code']]).toEqual([400, 'INVALID_REQUEST']);
  }, 60_000);

  it('is made by a replay once its cause is gone', async () => {
    const erp = `erp-${process.pid}`;
    const amqpUrl = await product.addBrokerUser(erp);
    try {
      await product.publish([message('early-1', body({ name: 'early' }), { userId: erp })], { amqpUrl });
      const letter = await until('the letter is listed', 30_000, async () =>
        (await deadLetters()).find((one) => one['messageId'] === 'early-1'),
      );
      expect(letter).toMatchObject({ publisher: erp, error: { code: 'PERMISSION_DENIED' } });
      const admin = { token: product.stack.adminToken };
      const register = { userId: erp, tenantId: product.stack.tenantId };
      expect((await product.http('POST', '/v1/publishers', { body: register, ...admin })).status).toBe(201);
      const replay = () => product.http('POST', `/v1/dead-letters/${String(letter['id'])}/replay`, admin);
      expect((await replay()).status).toBe(200);
      await replay();
      await until('the VM is active', 60_000, async () =>
        (await vms()).find((one) => one['name'] === 'early' && one['lifecycle'] === 'active'),
      );
      expect((await vms()).filter((one) => one['name'] === 'early')).toHaveLength(1);
    } finally {
      await product.removeBrokerUser(erp);
    }
  }, 120_000);
});
