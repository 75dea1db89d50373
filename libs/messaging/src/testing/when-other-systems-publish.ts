import type { OutgoingMessage } from '../broker';
import { sha256OfJson } from '@dcm/runtime';
import { toMessage } from '../event';
import type { DcmMessage } from '../transport/dcm-message';
import type { Scene } from './scene';
import { waitUntil } from './wait-until';

export function whenOtherSystemsPublish(scene: () => Scene): void {
  async function receive(message: OutgoingMessage): Promise<DcmMessage & { sender: string }> {
    const broker = await scene().connect('other system');
    await scene().declareWork(broker);
    const handled: DcmMessage[] = [];
    const handle = (each: DcmMessage): Promise<void> => Promise.resolve(void handled.push(each));
    await scene().transport(broker, (transport) => {
      transport.addHandler('vm.*', handle, true);
    });
    await broker.publish([message]);
    await waitUntil(() => handled.length === 1, 'the message');
    return { ...handled[0]!, sender: broker.userId };
  }

  const data = { name: 'web-01', cpus: 2 };
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

  it('takes plain JSON with AMQP properties', async () => {
    const message = scene().message('vm.create', {
      body: Buffer.from(JSON.stringify(data)),
      type: 'io.dcm.vm.create.v1',
      headers: { traceparent },
    });
    const received = await receive(message);
    expect(received).toMatchObject({ id: message.id, type: 'io.dcm.vm.create.v1', data, traceparent, extensions: {} });
    expect(received).toMatchObject({
      userId: received.sender,
      exchange: scene().name('events'),
      routingKey: 'vm.create',
      queue: scene().name('work'),
    });
    expect(received.dataSha256).toBe(sha256OfJson({ cpus: 2, name: 'web-01' }));
  });

  it('takes plain JSON without content type and type', async () => {
    const message = scene().message('vm.create', {
      body: Buffer.from(JSON.stringify(data)),
      contentType: '',
      type: '',
    });
    expect(await receive(message)).toMatchObject({ id: message.id, type: undefined, data });
  });

  it('takes a CloudEvent with its extensions', async () => {
    const message = toMessage({
      exchange: scene().name('events'),
      routingKey: 'vm.create',
      type: 'io.dcm.vm.create.v1',
      source: '/erp',
      subject: 'web-01',
      data,
      traceparent,
      extensions: { dcmrequester: 'signed' },
    });
    const received = await receive(message);
    expect(received).toMatchObject({
      id: message.id,
      type: 'io.dcm.vm.create.v1',
      source: '/erp',
      subject: 'web-01',
      data,
      traceparent,
    });
    expect(received.extensions).toEqual({ dcmrequester: 'signed' });
    expect(received.dataSha256).toBe(sha256OfJson(data));
  });

  it("takes the envelope of Nest's own client", async () => {
    const body = Buffer.from(JSON.stringify({ pattern: 'vm.create', data }));
    const message = scene().message('vm.create', { body, contentType: '', type: '' });
    expect(await receive(message)).toMatchObject({ id: message.id, type: 'vm.create', data });
  });
}
