import { exchanges } from '@dcm/contracts';
import { connect } from 'amqplib';
import type { Topology } from '../src/broker';

/** The RabbitMQ to test against. Tests use names of their own, so it may be shared. */
export const amqpUrl = (): string => process.env['AMQP_URL'] ?? 'amqp://guest:guest@127.0.0.1:5672';

/** Deletes what a test declared; the exchange of dead letters is everybody's. */
export async function removeTopology({ exchanges: declared, queues }: Topology): Promise<void> {
  const model = await connect(amqpUrl());
  const channel = await model.createChannel();
  for (const { name } of queues) await channel.deleteQueue(name);
  for (const { name } of declared) if (name !== exchanges.dead) await channel.deleteExchange(name);
  await model.close();
}
