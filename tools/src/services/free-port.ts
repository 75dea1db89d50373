import { randomInt } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';

/** Below the ports that systems give to outgoing connections (Linux from 32768, others from 49152), above those of well-known servers. */
const lowest = 20_000;
const beyond = 32_768;
const tries = 100;

/**
 * A TCP port on loopback on which nobody listens. Who is to listen there may take seconds to start, or start again: an outgoing connection does
 * not take the port meanwhile, and another caller is unlikely to choose the same.
 */
export async function freePort(): Promise<number> {
  for (let n = 0; n < tries; n += 1) {
    const port = randomInt(lowest, beyond);
    if (await isFree(port)) return port;
  }
  return listenOnce(0);
}

/** The port when nothing listens there, else another one. */
export async function portOrFree(port: number): Promise<number> {
  return (await isFree(port)) ? port : freePort();
}

const isFree = (port: number): Promise<boolean> =>
  listenOnce(port).then(
    () => true,
    () => false,
  );

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address() as AddressInfo;
      server.close(() => {
        resolve(address.port);
      });
    });
  });
}
