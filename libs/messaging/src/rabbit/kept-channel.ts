import type { Channel, ChannelModel } from 'amqplib';
import { backOffMs } from '../back-off';
import type { Log } from '../broker';
import { closeChannel } from './close-channel';
import type { Link } from './link';
import { Slot } from './slot';

/** How a kept channel is made and used; `T` is what its user holds while it is open. */
export interface ChannelUse<C extends Channel, T extends object> {
  readonly link: Link;
  readonly name: string;
  readonly log: Log;
  readonly create: (model: ChannelModel) => Promise<C>;
  /** Runs on every new channel before `T` is handed out. */
  readonly setUp: (channel: C) => Promise<T>;
  readonly onLost?: (lost: T) => void;
}

const reopenBackOff = { firstMs: 100, maxMs: 5_000 };

/** One channel that is opened again when it, or its connection, is lost: amqplib's recovery cares for connections only. */
export class KeptChannel<C extends Channel, T extends object> {
  private readonly open = new Slot<T>();
  private readonly unlisten: () => void;
  private channel: C | undefined;
  private failures = 0;
  private isClosed = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly use: ChannelUse<C, T>) {
    this.unlisten = use.link.onUp((model) => void this.reopen(model));
  }

  get current(): T | undefined {
    return this.open.value;
  }

  /** What `setUp` gave, now or soon; undefined after `timeoutMs` or once closed. */
  whenOpen(timeoutMs?: number): Promise<T | undefined> {
    return this.open.when(timeoutMs);
  }

  /** Does not open again; what is open stays so until `close`. */
  retire(): void {
    this.isClosed = true;
    this.unlisten();
    clearTimeout(this.timer);
  }

  async close(): Promise<void> {
    this.retire();
    this.open.close();
    if (this.channel !== undefined) await closeChannel(this.channel);
  }

  private async reopen(model: ChannelModel): Promise<void> {
    if (this.isClosed || this.use.link.model !== model) return;
    try {
      await this.openOn(model);
      this.failures = 0;
    } catch (error) {
      this.use.log.warn({ err: error, channel: this.use.name }, 'Unable to open a channel, trying again');
      this.reopenLater(model);
    }
  }

  private async openOn(model: ChannelModel): Promise<void> {
    const channel = await this.use.create(model);
    const state: { isClosed: boolean; held?: T } = { isClosed: false };
    channel.on('error', (error: Error) => {
      this.use.log.warn({ err: error, channel: this.use.name }, 'RabbitMQ closed a channel');
    });
    channel.on('close', () => {
      state.isClosed = true;
      if (state.held !== undefined) this.lose(model, state.held);
    });
    const held = await this.use.setUp(channel);
    if (state.isClosed) throw new Error('the channel was closed while it was set up');
    state.held = held;
    this.channel = channel;
    this.open.fill(held);
    if (this.isClosed) await this.close();
  }

  private lose(model: ChannelModel, held: T): void {
    if (this.open.value === held) this.open.empty();
    this.use.onLost?.(held);
    this.reopenLater(model);
  }

  /** When the connection went too, its successor opens the channel; then this does nothing. */
  private reopenLater(model: ChannelModel): void {
    if (this.isClosed) return;
    this.failures += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.reopen(model), backOffMs(this.failures, reopenBackOff));
  }
}
