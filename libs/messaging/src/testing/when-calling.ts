import { DcmError } from '@dcm/contracts';
import type { Broker } from '../broker';
import { rpc, type RpcCall } from '../rpc';
import type { DcmMessage } from '../transport/dcm-message';
import type { DcmTransport } from '../transport/dcm-transport.strategy';
import type { Scene } from './scene';
import { waitUntil } from './wait-until';

export function whenCalling(scene: () => Scene): void {
  const call = (overrides: Partial<RpcCall> = {}): RpcCall => ({
    exchange: scene().name('events'),
    routingKey: 'math.add',
    type: 'test.add.v1',
    data: { a: 1, b: 2 },
    timeoutMs: 10_000,
    ...overrides,
  });

  async function answering(
    handler: (message: DcmMessage) => unknown,
  ): Promise<{ caller: Broker; transport: DcmTransport }> {
    const [caller, answerer] = [await scene().connect('caller'), await scene().connect('answerer')];
    await scene().declareCalls(answerer);
    const handle = async (message: DcmMessage): Promise<unknown> => Promise.resolve(handler(message));
    return {
      caller,
      transport: await scene().transport(answerer, (transport) => {
        transport.addHandler('math.*', handle);
      }),
    };
  }

  it('returns what the handler returns, to the caller that asked', async () => {
    const { caller } = await answering((message) => {
      const { a, b } = message.data as { a: number; b: number };
      return { sum: a + b };
    });
    const other = await scene().connect('other');
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => rpc(n % 2 === 0 ? caller : other, call({ data: { a: n, b: 1_000 } }))),
    );
    expect(answers).toEqual(answers.map((_, n) => ({ sum: n + 1_000 })));
  });

  it('returns null for a handler that returns nothing', async () => {
    const { caller } = await answering(() => undefined);
    expect(await rpc(caller, call())).toBeNull();
  });

  it('throws the DcmError that the handler threw, with its details', async () => {
    const { caller } = await answering(() => {
      throw new DcmError('QUOTA_EXCEEDED', 'too much', { details: [{ pointer: '/cpus', message: 'of 4' }] });
    });
    const failure = await rpc(caller, call()).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DcmError);
    expect(failure).toMatchObject({
      code: 'QUOTA_EXCEEDED',
      message: 'too much',
      details: [{ pointer: '/cpus', message: 'of 4' }],
    });
  });

  it('tells a defect without its text, at once', async () => {
    let calls = 0;
    const { caller } = await answering(() => {
      calls += 1;
      throw new Error('secret of the house');
    });
    const failure = await rpc(caller, call()).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'INTERNAL' });
    expect((failure as Error).message).not.toContain('secret');
    expect(calls).toBe(1);
  });

  it('says UNAVAILABLE when what the handler needs is away', async () => {
    const { caller } = await answering(() => {
      throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    });
    await expect(rpc(caller, call())).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('gives up after its time, and the call expires with it', async () => {
    const [caller, answerer] = [await scene().connect('caller'), await scene().connect('answerer')];
    await scene().declareCalls(answerer);
    const patient = rpc(caller, call({ id: scene().name('patient'), timeoutMs: 700 })).catch((error: unknown) => error);
    const hasty = rpc(caller, call({ id: scene().name('hasty'), timeoutMs: 20 })).catch((error: unknown) => error);
    expect(await hasty).toMatchObject({ code: 'UNAVAILABLE' });
    expect(await patient).toMatchObject({ code: 'UNAVAILABLE' });
    const received = await scene().drain(answerer, scene().name('work'));
    const later = scene().message('math.later');
    await caller.publish([later]);
    await waitUntil(() => received.some((message) => message.id === later.id), 'the later message');
    expect(received.map((message) => message.id)).not.toContain(scene().name('hasty'));
  });

  it('gives up at once when the caller does', async () => {
    const broker = await scene().connect();
    await scene().declareCalls(broker);
    const patience = new AbortController();
    const asked = rpc(broker, call({ timeoutMs: 60_000, signal: patience.signal }));
    patience.abort();
    await expect(asked).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('says so at once when nobody listens', async () => {
    const broker = await scene().connect();
    const exchange = scene().name('lonely');
    await scene().declare(broker, { exchanges: [{ name: exchange }], queues: [] });
    await expect(rpc(broker, call({ exchange, timeoutMs: 60_000 }))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
}
