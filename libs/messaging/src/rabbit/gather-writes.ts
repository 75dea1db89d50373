import type { Duplex } from 'node:stream';

/**
 * What is written to the socket in one turn goes out together. amqplib writes each frame by itself, and each is a system call here and wakes
 * the connection's reader in RabbitMQ.
 */
export function gatherWrites(stream: Duplex): void {
  const write = stream.write.bind(stream) as (...args: readonly unknown[]) => boolean;
  let isGathering = false;
  const gathered = (...args: readonly unknown[]): boolean => {
    if (!isGathering) {
      isGathering = true;
      stream.cork();
      process.nextTick(() => {
        isGathering = false;
        stream.uncork();
      });
    }
    return write(...args);
  };
  stream.write = gathered;
}
