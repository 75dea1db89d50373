import type { Channel } from 'amqplib';

/** Closes a channel; also ends when the connection goes meanwhile, where amqplib's own promise never settles. */
export async function closeChannel(channel: Channel): Promise<void> {
  const gone = new Promise<void>((resolve) => channel.once('close', resolve));
  // A channel that is closed already rejects, which is all that is wanted.
  await Promise.race([channel.close().catch(() => undefined), gone]);
}
