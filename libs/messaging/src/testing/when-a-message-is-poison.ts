import { DcmError } from '@dcm/contracts';
import { readDeadLetter, type DeadLetterFacts } from '../dead-letter';
import { toMessage } from '../event';
import type { OutgoingMessage } from '../broker';
import type { Scene } from './scene';
import { waitUntil } from './wait-until';

export function whenAMessageIsPoison(scene: () => Scene): void {
  /** Publishes to a handler that throws `failure`, if given, and returns what is filed. */
  async function file(
    message: OutgoingMessage,
    failure?: () => Error,
  ): Promise<DeadLetterFacts & { attempts: number; userId: string }> {
    const broker = await scene().connect('consumer');
    await scene().declareWork(broker);
    const letter = scene().deadLetter(broker);
    let attempts = 0;
    const handle = (): Promise<void> => {
      attempts += 1;
      return failure === undefined ? Promise.resolve() : Promise.reject(failure());
    };
    await scene().transport(broker, (transport) => {
      transport.addHandler('a.#', handle, true);
    });
    await broker.publish([message]);
    return { ...readDeadLetter(await letter), attempts, userId: broker.userId };
  }

  it('files what is not JSON, unchanged, with reason, publisher and place', async () => {
    const message = scene().message('a.b', { body: Buffer.from([0x7b, 0xff, 0x00]) });
    const facts = await file(message);
    expect(facts).toMatchObject({
      reason: 'INVALID_REQUEST',
      publisher: facts.userId,
      queue: scene().name('work'),
      attempts: 0,
    });
    expect(facts).toMatchObject({
      exchange: message.exchange,
      routingKey: 'a.b',
      messageId: message.id,
      type: 'test.v1',
    });
    expect(facts).toMatchObject({ contentType: 'application/json', error: { code: 'INVALID_REQUEST' } });
    expect([...facts.body]).toEqual([0x7b, 0xff, 0x00]);
  });

  it.each([
    ['another content type', { contentType: 'text/xml', body: Buffer.from('<a/>') }, 'UNSUPPORTED_MEDIA_TYPE'],
    ['a broken CloudEvent', { body: Buffer.from('{"specversion":"1.0"}') }, 'INVALID_REQUEST'],
    ['no handler for its key', { routingKey: 'b.c' }, 'INVALID_REQUEST'],
    ['JSON nested beyond reason', { body: Buffer.from('['.repeat(5_000) + ']'.repeat(5_000)) }, 'INVALID_REQUEST'],
  ])('files what has %s', async (_what, overrides, reason) => {
    const facts = await file(scene().message('a.b', overrides));
    expect(facts).toMatchObject({ reason, attempts: 0 });
  });

  it('files at once what its handler says can never succeed', async () => {
    const failure = (): Error =>
      new DcmError('INVALID_REQUEST', 'no good', { details: [{ pointer: '/cpus', message: 'too many' }] });
    const facts = await file(scene().message(), failure);
    expect(facts).toMatchObject({ reason: 'INVALID_REQUEST', attempts: 1 });
    expect(facts.error).toEqual({
      code: 'INVALID_REQUEST',
      message: 'no good',
      details: [{ pointer: '/cpus', message: 'too many' }],
    });
  });

  it('files a defect after five attempts, without its text', async () => {
    const facts = await file(scene().message(), () => new TypeError('password=hunter2'));
    expect(facts).toMatchObject({ reason: 'INTERNAL', attempts: 5 });
    expect(JSON.stringify(facts.error)).not.toContain('hunter2');
  });

  it('goes on with the messages behind it', async () => {
    const broker = await scene().connect();
    await scene().declareWork(broker);
    const letter = scene().deadLetter(broker);
    const handled: string[] = [];
    const handle = (message: { id: string }): Promise<void> => Promise.resolve(void handled.push(message.id));
    await scene().transport(
      broker,
      (transport) => {
        transport.addHandler('#', handle, true);
      },
      { prefetch: 1 },
    );
    const good = toMessage({
      exchange: scene().name('events'),
      routingKey: 'a',
      type: 't.v1',
      source: '/test',
      data: {},
    });
    await broker.publish([scene().message('a', { body: Buffer.from('garbage') }), good]);
    await letter;
    await waitUntil(() => handled.length === 1, 'the good message');
    expect(handled).toEqual([good.id]);
  });
}
