import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, connect as dial, type Server } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConfirmChannel, connect } from 'amqplib';
import { type PrivateNode, serverProgram, startPrivateRabbit } from '../rabbitmq.private';
import { answersAmqp } from '../rabbitmq.probe';
import { createVhost, findRabbit } from '../rabbitmq.service';
import { inKilledParent } from './parent';

jest.setTimeout(180_000);

const localUrl = 'amqp://guest:guest@127.0.0.1:5672';
const withServer = serverProgram('rabbitmq-server') === undefined ? describe.skip : describe;

async function withChannel<T>(url: string, work: (channel: ConfirmChannel) => Promise<T>): Promise<T> {
  const connection = await connect(url);
  try {
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => undefined); // the call under way reports it
    return await work(channel);
  } finally {
    await connection.close();
  }
}

function publish(url: string, queue: string, text: string): Promise<void> {
  return withChannel(url, async (channel) => {
    await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    channel.sendToQueue(queue, Buffer.from(text), { persistent: true });
    await channel.waitForConfirms();
  });
}

function take(url: string, queue: string): Promise<string | undefined> {
  return withChannel(url, async (channel) => {
    const message = await channel.get(queue, { noAck: true });
    return message === false ? undefined : message.content.toString();
  });
}

function occupy(port: number): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer().listen(port, '127.0.0.1', () => {
      resolve(server);
    });
  });
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = dial({ host, port });
    const end = (isOpen: boolean): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.setTimeout(2_000, () => {
      end(false);
    });
    socket.once('connect', () => {
      end(true);
    });
    socket.once('error', () => {
      end(false);
    });
  });
}

withServer('the private RabbitMQ node', () => {
  let folder: string;
  let node: PrivateNode | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dcm-rabbitmq-'));
  });
  afterEach(async () => {
    await node?.stop();
    node = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  async function timed(what: string): Promise<PrivateNode> {
    const started = performance.now();
    const running = await startPrivateRabbit(folder);
    process.stderr.write(`private RabbitMQ, ${what}: ${(performance.now() - started).toFixed(0)} ms\n`);
    return running;
  }

  it('outlives a killed parent, is adopted with its messages and keeps them over a stop', async () => {
    const started = performance.now();
    const orphan = await inKilledParent<PrivateNode>('rabbitmq.private.ts', 'startPrivateRabbit', folder);
    process.stderr.write(`private RabbitMQ, first start: ${(performance.now() - started).toFixed(0)} ms\n`);
    expect(orphan.adopted).toBe(false);
    await publish(orphan.url, 'kept', 'hello');

    node = await timed('adoption');
    expect(node).toMatchObject({ adopted: true, url: orphan.url });
    const control = join(node.bin, 'rabbitmqctl');
    expect(execFileSync(control, ['-q', 'list_users'], { encoding: 'utf8' })).toContain('dcm');
    await node.stop();
    expect(await answersAmqp(orphan.url)).toBe(false);

    node = await timed('next start');
    expect(node).toMatchObject({ adopted: false, url: orphan.url });
    expect(await take(node.url, 'kept')).toBe('hello');
  });

  it('listens on loopback only, hides its password, and moves when its port was taken', async () => {
    node = await startPrivateRabbit(folder);
    const settingsFile = join(folder, 'settings.json');
    const settings = JSON.parse(readFileSync(settingsFile, 'utf8')) as Record<string, unknown>;
    const ports = [settings['port'], settings['distributionPort'], settings['epmdPort']] as number[];
    for (const port of ports) expect(await accepts('127.0.0.1', port)).toBe(true);
    const outside = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
    for (const { address, internal, family } of outside) {
      if (internal || family !== 'IPv4') continue;
      for (const port of ports)
        expect({ address, port, open: await accepts(address, port) }).toMatchObject({ open: false });
    }
    for (const file of ['settings.json', 'rabbitmq.conf']) expect(statSync(join(folder, file)).mode & 0o077).toBe(0);
    expect(await answersAmqp(node.url.replace(/:[^:@]*@/, ':wrong@'))).toBe(false);

    await node.stop();
    const stranger = await occupy(ports[0]!);
    const moved = await startPrivateRabbit(folder);
    await new Promise((closed) => stranger.close(closed));
    expect(new URL(moved.url).port).not.toBe(new URL(node.url).port);
    node = moved;
    await publish(node.url, 'moved', 'there');
    expect(await take(node.url, 'moved')).toBe('there');
  });
});

describe('findRabbit', () => {
  it('takes the broker that AMQP_URL names without asking further', async () => {
    const found = await findRabbit('/nonexistent', { AMQP_URL: 'amqp://other:5672' });
    expect(found).toMatchObject({ kind: 'given', url: 'amqp://other:5672' });
  });
});

describe('a virtual host of our own', () => {
  it('separates a run from all others and is gone afterwards', async () => {
    const name = `dcm-test-${process.pid}`;
    const own = (await answersAmqp(localUrl)) ? createVhost(localUrl, name) : undefined;
    if (own === undefined) {
      process.stderr.write('SKIPPED: no local RabbitMQ that this user may administer\n');
      return;
    }
    await publish(own.url, 'same', 'ours');
    expect(await take(own.url, 'same')).toBe('ours');
    await expect(take(localUrl, 'same')).rejects.toMatchObject({ code: 404 });
    own.drop();
    expect(await answersAmqp(own.url)).toBe(false);
  });
});
