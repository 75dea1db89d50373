import { exchanges, queues, type DeadLetter, type TenantId } from '@dcm/contracts';
import { type Broker, type OutgoingMessage } from '@dcm/messaging';
import { waitUntil } from '@dcm/messaging/testing';
import { newId } from '@dcm/runtime';
import { brokersHere, errorOf, Stand } from './stand';

const aString: unknown = expect.any(String);

jest.setTimeout(60_000);

describe.each(brokersHere())('dead letters over %s', (kind) => {
  let stand: Stand;
  let erp: Broker;
  let tenantId: TenantId;
  let projectId: string;

  beforeAll(async () => {
    stand = await Stand.open(kind);
    erp = await stand.connectAs('erp');
    await stand.call('admin.site.create', { name: 'lab', platform: 'vsphere' });
    tenantId = (await stand.call('admin.tenant.create', { name: 'Acme' })).id;
    projectId = (await stand.call('admin.project.create', { tenantId, name: 'web', site: 'lab' })).id;
  });
  afterAll(() => stand.close());

  const aRequest = (body: unknown, fields: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
    id: newId(),
    exchange: exchanges.requests,
    routingKey: 'vm.create',
    type: '',
    contentType: 'application/json',
    body: Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    ...fields,
  });
  const letters = async (): Promise<DeadLetter[]> => (await stand.call('dead.list', { limit: 1000 })).items;
  const letterOf = async (id: string): Promise<DeadLetter> => {
    await waitUntil(async () => (await letters()).some((one) => one.messageId === id), `the letter of ${id}`);
    return (await letters()).find((one) => one.messageId === id)!;
  };
  const bury = async (message: OutgoingMessage, broker = erp): Promise<DeadLetter> => {
    await broker.publish([message]);
    return letterOf(message.id);
  };

  it('keep reason, error, place and publisher of a message that could not be read', async () => {
    const message = aRequest('no json');
    expect(await bury(message)).toEqual({
      id: aString,
      at: aString,
      exchange: exchanges.requests,
      routingKey: 'vm.create',
      queue: queues.requests,
      type: null,
      messageId: message.id,
      publisher: erp.userId,
      reason: 'INVALID_REQUEST',
      error: { code: 'INVALID_REQUEST', message: aString },
      body: 'no json',
      replayedAt: null,
    });
  });

  it('show no body that may hold a secret, and keep none in the clear', async () => {
    const body = { projectId, name: 'x', guest: { userData: 'hunter2-cloud-config' } };
    expect((await bury(aRequest(body))).body).toBeNull();
    const [found] = await stand.database.source.query<{ n: number }[]>(
      `SELECT count(*)::int AS n FROM approvals.dead_letter WHERE position('hunter2'::bytea IN body) > 0`,
    );
    expect(found?.n).toBe(0);
  });

  it('show text up to 4 KiB, and nothing of what is not text', async () => {
    expect((await bury(aRequest('x'.repeat(5000)))).body).toBe('x'.repeat(4096));
    expect((await bury(aRequest(Buffer.from([0xff, 0xfe, 0]), { contentType: 'image/png' }))).body).toBeNull();
  });

  it('take a NUL in any text of the message', async () => {
    const letter = await bury(aRequest('x', { type: 'a\0b', contentType: 'application/\0json' }));
    expect(letter.type).toBe('a\uFFFDb');
  });

  it('are one letter when the same message dies again', async () => {
    const message = aRequest('again');
    await bury(message);
    await erp.publish([message]);
    await bury(aRequest('later'));
    expect((await letters()).filter((one) => one.messageId === message.id)).toHaveLength(1);
  });

  it('come with the reason of the broker when it gave a message up itself', async () => {
    const lab = { exchange: exchanges.provisioning, routingKey: 'vsphere.lab', mandatory: true };
    const forged = { headers: { 'x-dcm-publisher': 'forged', 'x-dcm-reason': 'forged' } };
    const message = aRequest({ n: 1 }, { ...lab, ...forged });
    await waitUntil(async () => (await stand.gateway.publish([message]))[0] !== 'returned', "the site's queue");
    const consumer = await stand.gateway.consume({ queue: 'provisioner.vsphere.lab', prefetch: 1 }, (delivery) => {
      delivery.requeue();
    });
    expect(await letterOf(message.id)).toMatchObject({
      reason: 'DELIVERY_LIMIT',
      exchange: exchanges.provisioning,
      routingKey: 'vsphere.lab',
      queue: 'provisioner.vsphere.lab',
      publisher: stand.gateway.userId,
      error: null,
    });
    await consumer.close();
  });

  it('are listed in pages, newest first', async () => {
    for (let n = 0; n < 3; n++) await bury(aRequest(`page ${n}`));
    const all = await letters();
    const first = (await stand.call('dead.list', { limit: 2 })).items;
    const second = (await stand.call('dead.list', { limit: 2, before: first[1]!.id })).items;
    expect([...first, ...second].map((one) => one.id)).toEqual(all.slice(0, 4).map((one) => one.id));
    expect(await stand.refusal('dead.list', { limit: 1, before: 'x' })).toMatchObject({ code: 'INVALID_REQUEST' });
  });

  describe('that are replayed', () => {
    it('answer their error and stay when they are still bad', async () => {
      const letter = await bury(aRequest({ projectId, name: 'CAPITALS', cpus: 1, memoryMib: 1024 }));
      expect(await stand.refusal('dead.replay', { id: letter.id })).toMatchObject({ code: 'INVALID_REQUEST' });
      expect((await letters()).find((one) => one.id === letter.id)).toMatchObject({
        replayedAt: null,
        error: { code: 'INVALID_REQUEST' },
      });
    });

    it("are handled as their first publisher's once the cause is gone, and only once", async () => {
      const message = aRequest({ projectId, name: 'early', cpus: 1, memoryMib: 1024, disks: [{ sizeGib: 1 }] });
      const letter = await bury(message);
      expect(letter).toMatchObject({ publisher: erp.userId, error: { code: 'PERMISSION_DENIED' } });
      await stand.call('admin.publisher.create', { userId: erp.userId, tenantId });
      const replayed = await stand.call('dead.replay', { id: letter.id });
      expect(replayed).toMatchObject({ id: letter.id, replayedAt: aString });
      await stand.call('dead.replay', { id: letter.id });
      const operations = await stand.database.source.query<{ doc: { requester: string } }[]>(
        `SELECT doc FROM approvals.journal WHERE noun = 'operation' AND action = 'accepted'`,
      );
      expect(operations.map((row) => row.doc.requester)).toEqual([expect.stringContaining(erp.userId)]);
    });

    it('go back to where they came from when they are for another process', async () => {
      const [id, queue] = [newId(), 'provisioner.vsphere.lab'];
      const letter = await fileForeign(id, queue, stand.gateway.userId);
      await stand.call('dead.replay', { id: letter.id });
      const taken: string[] = [];
      const consumer = await stand.gateway.consume({ queue, prefetch: 10 }, ({ message, ack }) => {
        if (message.id === id) taken.push(message.body.toString());
        ack();
      });
      await waitUntil(() => taken.length > 0, 'the message');
      await consumer.close();
      expect(taken).toEqual(['{"n":1}']);
    });

    it('are not sent in our name when a stranger wrote them', async () => {
      const letter = await fileForeign(newId(), 'provisioner.vsphere.lab', 'stranger');
      expect(await stand.refusal('dead.replay', { id: letter.id })).toMatchObject({ code: 'PERMISSION_DENIED' });
    });

    it('are not found when there is none of the id', async () => {
      for (const id of [newId(), 'x']) {
        expect(await errorOf(stand.call('dead.replay', { id }))).toMatchObject({ code: 'NOT_FOUND' });
      }
    });
  });

  /** A command that died in a provisioner's queue, as our transport files it. */
  const fileForeign = async (id: string, queue: string, publisher: string): Promise<DeadLetter> => {
    const headers = {
      'x-dcm-reason': 'INTERNAL',
      'x-dcm-exchange': exchanges.provisioning,
      'x-dcm-routing-key': 'vsphere.lab',
      'x-dcm-queue': queue,
      'x-dcm-publisher': publisher,
      'x-dcm-message-id': id,
    };
    await stand.gateway.publish([aRequest({ n: 1 }, { id, exchange: exchanges.dead, routingKey: queue, headers })]);
    return letterOf(id);
  };
});
