import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { freePort, portOrFree } from '../free-port';

describe('a free port', () => {
  it('is none that the system gives to an outgoing connection', async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, () => freePort()));
    expect(ports.filter((port) => port < 20_000 || port >= 32_768)).toEqual([]);
    expect(new Set(ports).size).toBeGreaterThan(10);
  });

  it('is the one that was wished for, unless somebody listens there', async () => {
    const wished = await freePort();
    expect(await portOrFree(wished)).toBe(wished);
    const server = createServer().listen(wished, '127.0.0.1');
    await once(server, 'listening');
    expect((server.address() as AddressInfo).port).toBe(wished);
    expect(await portOrFree(wished)).not.toBe(wished);
    server.close();
  });
});
