import { setTimeout as delay } from 'node:timers/promises';
import { connect, type ChannelModel, type ConfirmChannel, type ConsumeMessage } from 'amqplib';
import type { Random } from './random';

const exchanges = ['dcm.requests', 'dcm.provisioning', 'dcm.facts', 'dcm.journal'];
const mark = 'x-echo';

/** Hears every message on the exchanges and says it again, once or twice, a while later: duplicates that are out of order. */
export class Echo {
  private readonly pending = new Set<Promise<void>>();

  private constructor(
    private readonly connection: ChannelModel,
    private readonly channel: ConfirmChannel,
    private readonly random: Random,
  ) {}

  static async listen(url: string, random: Random): Promise<Echo> {
    const connection = await connect(url, { timeout: 5_000 });
    connection.on('error', () => undefined);
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => undefined);
    const echo = new Echo(connection, channel, random);
    const { queue } = await channel.assertQueue('', { exclusive: true });
    for (const exchange of exchanges) await channel.bindQueue(queue, exchange, '#');
    await channel.consume(
      queue,
      (message) => {
        echo.hear(message);
      },
      { noAck: true },
    );
    return echo;
  }

  /** Resolves when everything that was heard was said again. */
  async close(): Promise<void> {
    await Promise.all(this.pending);
    await this.channel.waitForConfirms().catch(() => undefined);
    await this.connection.close().catch(() => undefined);
  }

  private hear(message: ConsumeMessage | null): void {
    const headers = message?.properties.headers ?? {};
    if (message === null || mark in headers) return;
    for (let times = this.random.whole(1, 2); times > 0; times -= 1) {
      const said = this.say(message).finally(() => this.pending.delete(said));
      this.pending.add(said);
    }
  }

  private async say({ fields, properties, content }: ConsumeMessage): Promise<void> {
    await delay(this.random.whole(0, 2_000));
    const headers = { ...properties.headers, [mark]: true };
    try {
      this.channel.publish(fields.exchange, fields.routingKey, content, { ...properties, headers });
    } catch {
      // The broker closed the channel: what is not said again was said once.
    }
  }
}
