import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { cutConnection, delayConnection, dropConnection, mute, slowConnection, TcpFaultProxy } from '../faults';
import { until } from './until';

/** A client that remembers what it heard and how its connection ended. */
class Client {
  heard = '';
  end: string | undefined;

  private constructor(private readonly socket: Socket) {
    let code: string | undefined;
    socket.on('data', (bytes) => (this.heard += bytes.toString()));
    socket.on('error', (error: NodeJS.ErrnoException) => (code = error.code));
    socket.on('close', () => (this.end = code ?? 'closed'));
  }

  static async to(url: string): Promise<Client> {
    const { port, hostname } = new URL(url);
    const socket = connect(Number(port), hostname);
    const client = new Client(socket);
    await once(socket, 'connect');
    return client;
  }

  say(text: string): void {
    this.socket.write(text);
  }

  leave(): void {
    this.socket.destroy();
  }
}

describe('the fault proxy before a server that echoes', () => {
  const clients: Client[] = [];
  const served = new Set<Socket>();
  let server: Server;
  let proxy: TcpFaultProxy;
  const join = async (): Promise<Client> => {
    const client = await Client.to(proxy.url);
    clients.push(client);
    return client;
  };

  beforeAll(async () => {
    server = createServer((socket) => {
      served.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => served.delete(socket));
      socket.pipe(socket);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  beforeEach(async () => {
    proxy = await TcpFaultProxy.listen({ target: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}` });
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.leave();
    await proxy.close();
    await until(() => served.size === 0);
  });

  afterAll(() => {
    server.close();
  });

  it('relays, and counts connections and bytes', async () => {
    const client = await join();
    client.say('hello');
    await until(() => client.heard === 'hello');
    expect([proxy.connections, proxy.sentBytes, proxy.receivedBytes]).toEqual([1, 5, 5]);
    for (const socket of served) socket.end();
    await until(() => client.end === 'closed');
  });

  it('cuts every connection, by an end or by a reset', async () => {
    for (const [how, end] of [
      ['close', 'closed'],
      ['reset', 'ECONNRESET'],
    ] as const) {
      const [one, other] = [await join(), await join()];
      one.say('x');
      other.say('x');
      await until(() => one.heard + other.heard === 'xx');
      proxy.cut(how);
      await until(() => one.end === end && other.end === end);
    }
  });

  it('hands a reset of the server on as a reset', async () => {
    const client = await join();
    client.say('x');
    await until(() => client.heard === 'x');
    for (const socket of served) socket.resetAndDestroy();
    await until(() => client.end === 'ECONNRESET');
  });

  it('accepts a connection and breaks it at once', async () => {
    proxy.add(dropConnection(), { times: 1 });
    const client = await join();
    await until(() => client.end !== undefined);
    expect(served.size).toBe(0);
    const next = await join();
    next.say('x');
    await until(() => next.heard === 'x');
  });

  it('accepts a connection and never answers', async () => {
    const rule = proxy.add(mute());
    const client = await join();
    client.say('anybody there?');
    rule.remove();
    const next = await join();
    next.say('x');
    await until(() => next.heard === 'x');
    expect([client.heard, client.end, served.size]).toEqual(['', undefined, 1]);
  });

  it('lets the peer of an open connection vanish without a word', async () => {
    const client = await join();
    client.say('x');
    await until(() => client.heard === 'x');
    proxy.freeze();
    client.say('y');
    for (const socket of served) socket.end('z');
    const next = await join();
    next.say('x');
    await until(() => next.heard === 'x');
    expect([client.heard, client.end]).toEqual(['x', undefined]);
  });

  it('refuses connections and lives on with those that are open; admits them again on the same port', async () => {
    const client = await join();
    client.say('x');
    await until(() => client.heard === 'x');
    const { url } = proxy;
    const admit = proxy.refuseConnections();
    await expect(Client.to(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    client.say('y');
    await until(() => client.heard === 'xy');
    await admit();
    const next = await join();
    next.say('x');
    await until(() => next.heard === 'x');
    expect(proxy.url).toBe(url);
  });

  it('connects late', async () => {
    proxy.add(delayConnection(200));
    const startedAt = performance.now();
    const client = await join();
    client.say('x');
    await until(() => client.heard === 'x');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(190);
  });

  it('lets answers trickle', async () => {
    proxy.add(slowConnection({ bytes: 2, everyMs: 30 }));
    const client = await join();
    client.say('abcdef');
    await until(() => client.heard === 'ab');
    await until(() => client.heard === 'abcdef');
  });

  it('cuts in the middle of what is said, after so many bytes, as often as it is told to', async () => {
    const rule = proxy.add(cutConnection(4, 'request'), { times: 2 });
    const sent = (): Promise<void> => until(() => proxy.sentBytes % 4 === 2);
    for (const hits of [1, 2]) {
      const client = await join();
      client.say('ab');
      await sent();
      await until(() => client.heard === 'ab');
      client.say('cd');
      await until(() => client.end !== undefined);
      expect(rule.hits).toBe(hits);
    }
    const client = await join();
    client.say('abcdef');
    await until(() => client.heard === 'abcdef');
  });

  it('cuts an answer to the byte', async () => {
    proxy.add(cutConnection(3));
    const client = await join();
    client.say('abcdef');
    await until(() => client.end !== undefined);
    expect(client.heard).toBe('abc');
  });

  it('speaks in the server’s name', async () => {
    const client = await join();
    client.say('x');
    await until(() => client.heard === 'x');
    proxy.inject(Buffer.from('go away'));
    await until(() => client.heard === 'xgo away');
  });
});
