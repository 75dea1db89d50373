import type { Channel, ChannelModel } from 'amqplib';
import type { QueueSpec, Topology } from '../broker';
import { closeChannel } from './close-channel';

/**
 * A queue's arguments, which RabbitMQ never changes: with other arguments it needs another name. Dead-lettering at least once
 * works only with `reject-publish`; the limit is what RabbitMQ 4 takes when nothing is said, so that all versions behave alike.
 * @see https://www.rabbitmq.com/docs/quorum-queues
 */
export const queueArguments = ({ name, deadLetterExchange, maxLength }: QueueSpec): Record<string, unknown> => ({
  'x-queue-type': 'quorum',
  'x-delivery-limit': 20,
  'x-overflow': 'reject-publish',
  ...(deadLetterExchange !== undefined && {
    'x-dead-letter-exchange': deadLetterExchange,
    'x-dead-letter-routing-key': name,
    'x-dead-letter-strategy': 'at-least-once',
  }),
  ...(maxLength !== undefined && { 'x-max-length': maxLength }),
});

/**
 * Declares everything on a channel of its own, since a conflict closes the channel.
 * @throws amqplib's error, for which `isRefusal` tells whether the broker said no.
 */
export async function declareTopology(model: ChannelModel, topology: Topology): Promise<void> {
  const channel = await model.createChannel();
  channel.on('error', () => undefined);
  await declareExchanges(channel, topology);
  for (const queue of topology.queues) await declareQueue(channel, queue);
  await closeChannel(channel);
}

/** Alternates first: RabbitMQ takes an unknown one, but would drop messages until it is there. */
async function declareExchanges(channel: Channel, { exchanges }: Topology): Promise<void> {
  const alternatesFirst = [...exchanges].sort(
    (a, b) => Number(a.alternate !== undefined) - Number(b.alternate !== undefined),
  );
  for (const { name, alternate } of alternatesFirst) {
    await channel.assertExchange(name, 'topic', {
      durable: true,
      ...(alternate !== undefined && { alternateExchange: alternate }),
    });
  }
}

async function declareQueue(channel: Channel, queue: QueueSpec): Promise<void> {
  await channel.assertQueue(queue.name, { durable: true, arguments: queueArguments(queue) });
  for (const { exchange, key } of queue.bindings) await channel.bindQueue(queue.name, exchange, key);
  for (const { exchange, key } of queue.formerBindings ?? []) await channel.unbindQueue(queue.name, exchange, key);
}
