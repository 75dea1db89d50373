import type { Duplex } from 'node:stream';
import { connect, type ChannelModel, type RecoveringChannelModel } from 'amqplib';
import type { Log } from '../broker';
import { closeChannel } from './close-channel';
import { gatherWrites } from './gather-writes';
import { Slot } from './slot';

export interface LinkOptions {
  readonly url: string;
  /** Stands in RabbitMQ's list of connections. */
  readonly name: string;
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** Runs on every new connection before anybody else may use it. */
  readonly prepare: (model: ChannelModel) => Promise<void>;
  readonly log: Log;
}

const heartbeatS = 10;
const connectTimeoutMs = 10_000;
const closeTimeoutMs = 3_000;

/** One connection to RabbitMQ that is opened again whenever it is lost. amqplib reconnects; channels are for others to open again. */
export class Link {
  private readonly up = new Slot<ChannelModel>();
  private readonly unblocked = new Slot<object>();
  private readonly listeners = new Set<(model: ChannelModel) => void>();
  private connection: Promise<RecoveringChannelModel> | undefined;

  constructor(private readonly options: LinkOptions) {}

  /** The live connection, if any. */
  get model(): ChannelModel | undefined {
    return this.up.value;
  }

  /** True while the broker lets this connection publish; it blocks publishers when it runs out of memory or disk. */
  get isWritable(): boolean {
    return this.up.value !== undefined && this.unblocked.value !== undefined;
  }

  open(): void {
    this.connection ??= this.connect();
  }

  /** Calls the listener with each new connection, at once when there is one. @returns how to stop that. */
  onUp(listener: (model: ChannelModel) => void): () => void {
    this.listeners.add(listener);
    if (this.model !== undefined) listener(this.model);
    return () => this.listeners.delete(listener);
  }

  /** The live connection or the next; undefined after `timeoutMs` or once closed. */
  whenUp(timeoutMs?: number): Promise<ChannelModel | undefined> {
    return this.up.when(timeoutMs);
  }

  /** False after `timeoutMs` or once closed. */
  async whenWritable(timeoutMs: number): Promise<boolean> {
    return (await this.unblocked.when(timeoutMs)) !== undefined;
  }

  async close(): Promise<void> {
    this.up.close();
    this.unblocked.close();
    this.listeners.clear();
    const connection = await this.connection;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, closeTimeoutMs)));
    await Promise.race([connection?.close(), limit]);
    clearTimeout(timer);
  }

  private async connect(): Promise<RecoveringChannelModel> {
    const { name, tls, log } = this.options;
    const recovery = {
      initialDelay: 100,
      maxDelay: 5_000,
      waitForConnect: false,
      setup: (model: ChannelModel) => this.prepare(model),
    };
    const clientProperties = { connection_name: name };
    const connection = await connect(withHeartbeat(this.options.url), {
      ...tls,
      timeout: connectTimeoutMs,
      noDelay: true,
      keepAlive: true,
      clientProperties,
      recovery,
    });
    connection.on('connect', (model: ChannelModel) => {
      this.onConnect(model);
    });
    connection.on('disconnect', (error: Error) => {
      this.up.empty();
      this.unblocked.empty();
      log.warn({ err: error, connection: name }, 'lost the connection to RabbitMQ');
    });
    connection.on('connect-failed', (error: Error) => {
      log.warn({ err: error, connection: name }, 'Unable to connect to RabbitMQ, trying again');
    });
    connection.on('error', (error: Error) => {
      log.warn({ err: error, connection: name }, 'the connection to RabbitMQ failed');
    });
    connection.on('blocked', (reason: string) => {
      this.unblocked.empty();
      log.warn({ reason, connection: name }, 'RabbitMQ blocks publishers');
    });
    connection.on('unblocked', () => {
      this.unblocked.fill({});
    });
    return connection;
  }

  /**
   * amqplib listens to the new connection only after this. Until then an `error` that nobody listens to ends the process, and a `close`
   * goes unseen: the dead connection would be taken for a live one for ever. Hence the round trip, and the look afterwards.
   */
  private async prepare(model: ChannelModel): Promise<void> {
    gatherWrites((model.connection as unknown as { stream: Duplex }).stream);
    const closed = new AbortController();
    model.on('error', () => undefined);
    model.once('close', () => {
      closed.abort();
    });
    await closeChannel(await model.createChannel());
    await this.options.prepare(model);
    if (closed.signal.aborted) throw new Error('the connection was closed while it was prepared');
  }

  private onConnect(model: ChannelModel): void {
    this.options.log.info({ connection: this.options.name }, 'connected to RabbitMQ');
    this.up.fill(model);
    this.unblocked.fill({});
    for (const listener of this.listeners) listener(model);
  }
}

function withHeartbeat(url: string): string {
  const parsed = new URL(url);
  if (!parsed.searchParams.has('heartbeat')) parsed.searchParams.set('heartbeat', String(heartbeatS));
  return parsed.toString();
}
