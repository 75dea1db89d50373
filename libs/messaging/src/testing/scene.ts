import { exchanges } from '@dcm/contracts';
import { v7 as uuidv7 } from 'uuid';
import type { Broker, Delivery, InboundMessage, Log, OutgoingMessage, QueueSpec, Topology } from '../broker';
import { DcmTransport, type DcmTransportOptions } from '../transport/dcm-transport.strategy';
import { waitUntil } from './wait-until';

/** A broker that the contract is held against. */
export interface BrokerUnderTest {
  connect(name: string, log: Log): Promise<Broker>;
  /** Removes what a test declared. */
  remove(topology: Topology): Promise<void>;
}

interface Line {
  readonly level: string;
  readonly details: object;
  readonly message: string;
}

/** One test's own names, connections and log; `end` takes all of it away. */
export class Scene {
  readonly prefix = `t${uuidv7().replaceAll('-', '')}`;
  readonly lines: Line[] = [];
  readonly log: Log = {
    debug: (details, message) => {
      this.note('debug', details, message);
    },
    info: (details, message) => {
      this.note('info', details, message);
    },
    warn: (details, message) => {
      this.note('warn', details, message);
    },
    error: (details, message) => {
      this.note('error', details, message);
    },
  };
  private readonly endings: (() => Promise<void>)[] = [];

  constructor(readonly tested: BrokerUnderTest) {}

  /** A name nobody else uses. */
  name(word: string): string {
    return `${this.prefix}.${word}`;
  }

  async connect(name = 'test'): Promise<Broker> {
    const broker = await this.tested.connect(name, this.log);
    this.endings.unshift(() => broker.close());
    await broker.ready();
    return broker;
  }

  async declare(broker: Broker, topology: Topology): Promise<void> {
    this.endings.push(() => this.tested.remove(topology));
    await broker.assertTopology(topology);
  }

  /** An exchange `events`, a queue `work` that takes all of it, and a queue `dead` for what dies in any queue of the scene. */
  async declareWork(broker: Broker, extra: Partial<QueueSpec> = {}): Promise<void> {
    const dead = { name: this.name('dead'), bindings: [{ exchange: exchanges.dead, key: `${this.prefix}.#` }] };
    await this.declare(broker, { exchanges: [{ name: exchanges.dead }], queues: [dead] });
    await this.declareCalls(broker, { deadLetterExchange: exchanges.dead, ...extra });
  }

  /** The same without dead letters, as queues of calls are. */
  async declareCalls(broker: Broker, extra: Partial<QueueSpec> = {}): Promise<void> {
    const work = { name: this.name('work'), bindings: [{ exchange: this.name('events'), key: '#' }], ...extra };
    await this.declare(broker, { exchanges: [{ name: this.name('events') }], queues: [work] });
  }

  /** A plain JSON message to the exchange `events`. */
  message(routingKey = 'a.b', overrides: Partial<OutgoingMessage> = {}): OutgoingMessage {
    return {
      id: uuidv7(),
      exchange: this.name('events'),
      routingKey,
      type: 'test.v1',
      body: Buffer.from('{}'),
      contentType: 'application/json',
      ...overrides,
    };
  }

  /** Consumes without settling; what came stands in the list. */
  async collect(broker: Broker, queue: string, prefetch = 100): Promise<Delivery[]> {
    const deliveries: Delivery[] = [];
    await broker.consume({ queue, prefetch }, (delivery) => deliveries.push(delivery));
    return deliveries;
  }

  /** Consumes and acks; what came stands in the list. */
  async drain(broker: Broker, queue: string): Promise<InboundMessage[]> {
    const messages: InboundMessage[] = [];
    await broker.consume({ queue, prefetch: 100 }, (delivery) => {
      messages.push(delivery.message);
      delivery.ack();
    });
    return messages;
  }

  /** A transport without Nest: handlers are added by hand. */
  async transport(
    broker: Broker,
    addHandlers: (transport: DcmTransport) => void,
    options: Partial<DcmTransportOptions> = {},
  ): Promise<DcmTransport> {
    const retry = { firstDelayMs: 5, maxDelayMs: 20, ...options.retry };
    const transport = new DcmTransport({
      broker,
      log: this.log,
      queues: [this.name('work')],
      drainMs: 2_000,
      ...options,
      retry,
    });
    addHandlers(transport);
    this.endings.unshift(() => transport.close());
    await new Promise<void>((resolve, reject) => {
      transport.listen((error) => {
        if (error instanceof Error) reject(error);
        else resolve();
      });
    });
    await transport.ready();
    return transport;
  }

  /** The first dead letter of this scene. */
  async deadLetter(broker: Broker): Promise<InboundMessage> {
    const letters = await this.drain(broker, this.name('dead'));
    await waitUntil(() => letters.length > 0, 'a dead letter');
    return letters[0]!;
  }

  async end(): Promise<void> {
    for (const ending of this.endings) await ending();
  }

  private note(level: string, details: object, message: string): void {
    this.lines.push({ level, details, message });
  }
}
