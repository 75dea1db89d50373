import { exchanges } from '@dcm/contracts';
import { publishAll, type Broker, type OutgoingMessage } from '@dcm/messaging';
import { waitUntil } from '@dcm/messaging/testing';
import { newId, operationIdOf, vmIdOf } from '@dcm/runtime';
import { aBody, OperationsStand, type Home } from './operations-stand';

jest.setTimeout(60_000);

const deep = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

/** Malformed requests of a registered publisher, each with what its dead letter must say. */
const malformed: [
  what: string,
  message: Partial<OutgoingMessage> | ((home: Home) => unknown),
  reason: string,
  pointer?: string,
][] = [
  ['no JSON at all', { body: Buffer.from('<vm/>') }, 'INVALID_REQUEST'],
  ['JSON that breaks off', { body: Buffer.from('{"projectId": "') }, 'INVALID_REQUEST'],
  ['bytes that are no UTF-8', { body: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) }, 'INVALID_REQUEST'],
  ['an empty body', { body: Buffer.alloc(0) }, 'INVALID_REQUEST'],
  ['a foreign content type', { contentType: 'text/plain', body: Buffer.from('{}') }, 'UNSUPPORTED_MEDIA_TYPE'],
  [
    'an unknown type',
    { type: 'vm.explode', routingKey: 'vm.explode', body: Buffer.from('{}') },
    'INVALID_REQUEST',
    '/type',
  ],
  ['an array for a body', () => [], 'INVALID_REQUEST'],
  ['nothing in it', () => ({}), 'INVALID_REQUEST', '/projectId'],
  ['a misspelt key', (home) => aBody(home, { memory: 1024 } as never), 'INVALID_REQUEST', '/memory'],
  [
    'a nested misspelt key',
    (home) => aBody(home, { guest: { sshkey: 'x' } as never }),
    'INVALID_REQUEST',
    '/guest/sshkey',
  ],
  ['a project that is no id', (home) => ({ ...aBody(home), projectId: 'mine' }), 'INVALID_REQUEST', '/projectId'],
  ['a name that is none', (home) => aBody(home, { name: 'Web_01; DROP TABLE vm' }), 'INVALID_REQUEST', '/name'],
  ['both size and figures', (home) => aBody(home, { cpus: 2, memoryMib: 2048 }), 'INVALID_REQUEST', '/size'],
  ['half a CPU', (home) => aBody(home, { size: undefined, cpus: 0.5, memoryMib: 2048 }), 'INVALID_REQUEST', '/cpus'],
  ['a negative disk', (home) => aBody(home, { disks: [{ sizeGib: -1 }] }), 'INVALID_REQUEST', '/disks/0/sizeGib'],
  ['neither image nor disk', (home) => aBody(home, { image: undefined, disks: [] }), 'INVALID_REQUEST', '/disks'],
  ['a NUL in a label', (home) => aBody(home, { labels: { team: 'a\u0000b' } }), 'INVALID_REQUEST', '/labels/team'],
  [
    'half a surrogate pair in metadata',
    (home) => aBody(home, { metadata: { vsphere: { folder: '\ud800' } } }),
    'INVALID_REQUEST',
    '/metadata/vsphere/folder',
  ],
  [
    'metadata that is nested for harm',
    (home) => aBody(home, { metadata: { vsphere: { x: deep(50) } } }),
    'INVALID_REQUEST',
  ],
  [
    'a body nested deeper than any reader likes',
    { body: Buffer.from('['.repeat(20_000) + ']'.repeat(20_000)) },
    'INVALID_REQUEST',
  ],
  [
    'an address that is none',
    (home) => aBody(home, { networks: [{ network: 'lan', address: { cidr: '10.0.0.256/24' } }] }),
    'INVALID_REQUEST',
    '/networks/0/address/cidr',
  ],
  [
    'a power action that is none',
    { type: 'vm.power', body: Buffer.from(JSON.stringify({ vmId: newId(), power: { action: 'EXPLODE' } })) },
    'INVALID_REQUEST',
    '/power/action',
  ],
  ['a delete of nothing', { type: 'vm.delete', body: Buffer.from('{}') }, 'INVALID_REQUEST', '/vmId'],
  [
    'a cancel of what is not there',
    { type: 'operation.cancel', body: Buffer.from(JSON.stringify({ operationId: newId() })) },
    'NOT_FOUND',
  ],
];

describe('requests that nobody can carry out', () => {
  let stand: OperationsStand;
  let home: Home;
  let userId: string;
  let erp: Broker;

  beforeAll(async () => {
    stand = await OperationsStand.open();
  });
  beforeEach(async () => {
    home = await stand.home();
    userId = `erp-${newId().slice(-8)}`;
    await stand.call('admin.publisher.create', { userId, tenantId: home.tenantId });
    erp = await stand.connectAs(userId);
    await stand.rows('DELETE FROM approvals.dead_letter RETURNING id');
  });
  afterEach(() => stand.assertInvariants());
  afterAll(() => stand.close());

  const send = (broker: Broker, id: string, message: Partial<OutgoingMessage>): Promise<void> =>
    publishAll(broker, [
      {
        id,
        exchange: exchanges.requests,
        routingKey: 'vm.create',
        type: 'vm.create',
        contentType: 'application/json',
        body: Buffer.from('{}'),
        ...message,
      },
    ]);
  const letters = async (): Promise<Map<string | null, Awaited<ReturnType<OperationsStand['deadLetters']>>[number]>> =>
    new Map((await stand.deadLetters()).map((letter) => [letter.message_id, letter]));

  it('each become one dead letter with its reason, and make nothing', async () => {
    const sent = malformed.map(([, message], index) => {
      const given = typeof message === 'function' ? { body: Buffer.from(JSON.stringify(message(home))) } : message;
      return send(erp, `garbage-${index}`, given);
    });
    await Promise.all(sent);
    await waitUntil(async () => (await letters()).size === malformed.length, 'the dead letters');
    const found = await letters();
    const told = malformed.map(([what, , , pointer], index) => {
      const letter = found.get(`garbage-${index}`);
      const pointers = letter?.error?.details?.map((detail) => detail.pointer) ?? [];
      return [what, letter?.reason, pointer === undefined || pointers.includes(pointer) ? pointer : pointers.join()];
    });
    expect(told).toEqual(malformed.map(([what, , reason, pointer]) => [what, reason, pointer]));
    expect(await stand.rows('SELECT id FROM approvals.vm WHERE project_id = $1', [home.projectId])).toEqual([]);
    expect(await stand.rows('SELECT id FROM approvals.operation WHERE tenant_id = $1', [home.tenantId])).toEqual([]);
  });

  it('delay nobody: what comes among them is carried out', async () => {
    const ids = ['good-1', 'good-2', 'good-3'];
    await Promise.all(
      ids.flatMap((id) => [
        send(erp, `bad-${id}`, { body: Buffer.from('{') }),
        send(erp, id, { body: Buffer.from(JSON.stringify(aBody(home))) }),
        send(erp, `worse-${id}`, { body: Buffer.from('[]') }),
      ]),
    );
    await Promise.all(ids.map((id) => stand.until(operationIdOf(userId, id), 'succeeded')));
    expect((await letters()).size).toBe(6);
  });

  it('are not carried out for a user that nobody registered', async () => {
    const stranger = await stand.connectAs('mallory');
    await send(stranger, 'm-1', { body: Buffer.from(JSON.stringify(aBody(home))) });
    await waitUntil(async () => (await letters()).has('m-1'), 'the dead letter');
    expect((await letters()).get('m-1')).toMatchObject({ reason: 'PERMISSION_DENIED' });
  });

  it('are not carried out under a signature for another request, payload, or by another key', async () => {
    const body = aBody(home);
    const good = stand.relayed(home.tenantId, 'io.dcm.vm.create.v1', body, { id: operationIdOf('test', 'signed') });
    const event = JSON.parse(good.body.toString('utf8')) as { id: string; dcmrequester: string; data: object };
    const forged = (id: string, change: object): Promise<void> =>
      publishAll(stand.gateway, [{ ...good, id, body: Buffer.from(JSON.stringify({ ...event, id, ...change })) }]);
    const ids = [1, 2, 3, 4].map((n) => operationIdOf('test', `forged-${n}`));
    await forged(ids[0] ?? '', {});
    await forged(event.id, { data: { ...event.data, name: 'other' } });
    await forged(ids[2] ?? '', { dcmrequester: `${event.dcmrequester.slice(0, -4)}AAAA` });
    await forged(ids[3] ?? '', { dcmrequester: undefined });
    await waitUntil(async () => (await letters()).size === 4, 'the dead letters');
    for (const letter of (await letters()).values()) expect(letter.reason).toBe('PERMISSION_DENIED');
    expect(await stand.rows('SELECT id FROM approvals.vm WHERE project_id = $1', [home.projectId])).toEqual([]);
  });

  it('stay with their sender when the signature is copied: only a relay may hand on a requester', async () => {
    const other = await stand.neighbour(home);
    const message = stand.relayed(other.tenantId, 'io.dcm.vm.create.v1', aBody(other), {
      id: operationIdOf('test', newId()),
    });
    await publishAll(erp, [message]);
    const id = operationIdOf(userId, message.id);
    // The publisher speaks for its own tenant, where the other's project is not known.
    expect(await stand.until(id, 'rejected')).toMatchObject({ tenantId: home.tenantId, error: { code: 'NOT_FOUND' } });
    expect(await stand.operation(message.id)).toBeUndefined();
    expect(await stand.rows('SELECT id FROM approvals.vm WHERE id = $1', [vmIdOf(id)])).toEqual([]);
  });

  it('end as refused operations when a relay vouched for them, however often they come: its caller waits for an end', async () => {
    const [wrong, vmId] = [{ ...aBody(home), memory: 1024 }, newId()];
    const [create, resize] = [operationIdOf('test', newId()), operationIdOf('test', newId())];
    for (let round = 0; round < 2; round += 1) {
      await stand.ask(home, 'io.dcm.vm.create.v1', wrong, { id: create });
      await stand.ask(home, 'io.dcm.vm.resize.v1', { vmId, cpus: 0 }, { id: resize });
    }
    const error = { code: 'INVALID_REQUEST', details: [expect.objectContaining({ pointer: '/memory' })] };
    expect(await stand.until(create, 'rejected')).toMatchObject({ kind: 'vm.create', vmId: vmIdOf(create), error });
    expect(await stand.until(resize, 'rejected')).toMatchObject({ kind: 'vm.resize', vmId: null });
    await stand.until(await stand.create(home), 'succeeded');
    expect((await letters()).size).toBe(0);
    const journal = `SELECT count(*)::int AS n FROM approvals.journal WHERE subject = $1`;
    expect(await stand.rows(journal, [create])).toEqual([{ n: 2 }]);
  });

  it('can be replayed once the reason is gone', async () => {
    const late = await stand.connectAs('late-comer');
    await send(late, 'too-early', { body: Buffer.from(JSON.stringify(aBody(home))) });
    await waitUntil(async () => (await letters()).has('too-early'), 'the dead letter');
    const { items } = await stand.call('dead.list', { limit: 1 });
    await stand.call('admin.publisher.create', { userId: 'late-comer', tenantId: home.tenantId });
    expect(await stand.call('dead.replay', { id: items[0]?.id ?? '' })).toMatchObject({
      replayedAt: expect.any(String) as string,
    });
    await stand.until(operationIdOf('late-comer', 'too-early'), 'succeeded');
  });
});
