import { Controller, Module, type INestMicroservice } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { DcmError, exchanges, queues } from '@dcm/contracts';
import type { Broker, InboundMessage, Log } from '../src/broker';
import { connectBroker } from '../src/connect';
import { readDeadLetter, type DeadLetterFacts } from '../src/dead-letter';
import { publishEvents, type EventDraft } from '../src/event';
import { rpc } from '../src/rpc';
import { waitUntil } from '../src/testing/wait-until';
import { dcmTopology } from '../src/topology';
import { DcmContext } from '../src/transport/dcm-context';
import type { DcmMessage } from '../src/transport/dcm-message';
import { DcmTransport } from '../src/transport/dcm-transport.strategy';
import { PassThroughFilter } from '../src/transport/pass-through.filter';

const seen: { message: DcmMessage; context: DcmContext }[] = [];
const letters: DeadLetterFacts[] = [];

@Controller()
class RequestsController {
  @EventPattern('vm.*', { exchange: exchanges.requests })
  request(@Payload() message: DcmMessage, @Ctx() context: unknown): Promise<{ operationId: string }> {
    seen.push({ message, context: DcmContext.of(context) });
    if (message.routingKey === 'vm.delete') return Promise.reject(new DcmError('NOT_FOUND', 'no such VM'));
    return Promise.resolve({ operationId: message.id });
  }

  @MessagePattern('admin.tenant.create', { exchange: exchanges.admin })
  createTenant(@Payload() message: DcmMessage<{ name: string }>): { name: string } {
    return { name: message.data.name.toUpperCase() };
  }

  @EventPattern('#', { queue: queues.dead, raw: true })
  bury(@Payload() message: InboundMessage): void {
    letters.push(readDeadLetter(message));
  }
}

@Module({ controllers: [RequestsController], providers: [{ provide: APP_FILTER, useClass: PassThroughFilter }] })
class TestModule {}

@Module({ controllers: [RequestsController] })
class FilterlessModule {}

const log: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

describe('a Nest app behind DcmTransport', () => {
  let broker: Broker;
  let transport: DcmTransport;
  let app: INestMicroservice;

  async function start(module: new () => object): Promise<void> {
    broker = await connectBroker(
      `inprocess://gateway@${expect.getState().currentTestName ?? ''}`.replaceAll(/[^a-z:/@]/g, ''),
      { name: 'app', log },
    );
    await broker.assertTopology(dcmTopology());
    transport = new DcmTransport({
      broker,
      log,
      queues: [queues.requests, queues.admin, queues.dead],
      retry: { firstDelayMs: 1 },
    });
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class
    app = await NestFactory.createMicroservice(module, { strategy: transport, logger: false });
    await app.listen();
    await transport.ready();
  }

  const draft = (overrides: Partial<EventDraft>): EventDraft => ({
    exchange: exchanges.requests,
    routingKey: 'vm.create',
    type: 'io.dcm.vm.create.v1',
    source: '/test',
    data: { name: 'web-01' },
    ...overrides,
  });

  afterEach(async () => {
    await app.close();
    await broker.close();
    seen.length = 0;
    letters.length = 0;
  });

  it('gives an event to its handler with message and context', async () => {
    await start(TestModule);
    const [id] = await publishEvents(broker, [draft({})]);
    expect(seen[0]?.message).toMatchObject({ id, data: { name: 'web-01' }, userId: 'gateway', queue: queues.requests });
    expect(seen[0]?.context).toBeInstanceOf(DcmContext);
    expect(seen[0]?.context).toMatchObject({ attempt: 1 });
    expect(seen[0]?.context.message.body.length).toBeGreaterThan(0);
    expect(seen[0]?.context.lost.aborted).toBe(false);
  });

  it("answers a call with the handler's value, and an event that has a direct reply-to too", async () => {
    await start(TestModule);
    const call = {
      exchange: exchanges.admin,
      routingKey: 'admin.tenant.create',
      type: 'io.dcm.admin.call.v1',
      timeoutMs: 5_000,
    };
    expect(await rpc(broker, { ...call, data: { name: 'acme' } })).toEqual({ name: 'ACME' });
    const event = { ...draft({}), id: 'request-1', timeoutMs: 5_000 };
    expect(await rpc(broker, event)).toEqual({ operationId: 'request-1' });
  });

  it('tells an event apart from a broken one by its DcmError, answers and files it', async () => {
    await start(TestModule);
    await expect(rpc(broker, { ...draft({ routingKey: 'vm.delete' }), timeoutMs: 5_000 })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await waitUntil(() => letters.length === 1, 'the dead letter');
    expect(letters[0]).toMatchObject({
      reason: 'NOT_FOUND',
      publisher: 'gateway',
      routingKey: 'vm.delete',
      queue: queues.requests,
    });
    expect(seen).toHaveLength(1);
  });

  it("does not reach an admin call's handler by its key on another exchange", async () => {
    await start(TestModule);
    await publishEvents(broker, [draft({ routingKey: 'admin.tenant.create' })]);
    await waitUntil(() => letters.length === 1, 'the dead letter');
    expect(letters[0]).toMatchObject({
      reason: 'INVALID_REQUEST',
      exchange: exchanges.requests,
      routingKey: 'admin.tenant.create',
    });
  });

  it('replays a dead letter in the name of its publisher', async () => {
    await start(TestModule);
    await publishEvents(broker, [draft({ id: 'first' })]);
    const message = { ...seen[0]!.context.message, userId: 'erp' };
    expect(await transport.redeliver(queues.requests, message)).toEqual({ operationId: 'first' });
    expect(seen[1]?.message.userId).toBe('erp');
  });

  it('files a failure that Nest hides as a defect, and says what is missing', async () => {
    const errors: string[] = [];
    log.error = (_details, message) => errors.push(message);
    await start(FilterlessModule);
    await publishEvents(broker, [draft({ routingKey: 'vm.delete' })]);
    await waitUntil(() => letters.length === 1, 'the dead letter');
    expect(letters[0]).toMatchObject({ reason: 'INTERNAL' });
    expect(errors.join()).toContain('PassThroughFilter');
    log.error = () => undefined;
  });
});
