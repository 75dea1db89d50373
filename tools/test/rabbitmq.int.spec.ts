import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'amqplib';
import { serverProgram, startPrivateRabbit, type PrivateNode } from '../src/services/rabbitmq.private';
import { findRabbit } from '../src/services/rabbitmq.service';

const withServer = serverProgram('rabbitmq-server') === undefined ? describe.skip : describe;

async function roundTrip(url: string): Promise<string> {
  const connection = await connect(url);
  const channel = await connection.createConfirmChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  channel.sendToQueue(queue, Buffer.from('hello'));
  await channel.waitForConfirms();
  const message = await channel.get(queue, { noAck: true });
  await connection.close();
  return message === false ? '' : message.content.toString();
}

withServer('the private RabbitMQ node', () => {
  let folder: string;
  let node: PrivateNode | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dcm-rabbitmq-'));
  });
  afterEach(async () => {
    await node?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('starts without the system service, carries messages and is adopted while it runs', async () => {
    node = await startPrivateRabbit(folder);
    expect(node.adopted).toBe(false);
    expect(await roundTrip(node.url)).toBe('hello');
    expect(await startPrivateRabbit(folder)).toMatchObject({ adopted: true, url: node.url });
  }, 120_000);
});

describe('findRabbit', () => {
  it('takes the broker that AMQP_URL names without asking further', async () => {
    const found = await findRabbit('/nonexistent', { AMQP_URL: 'amqp://other:5672' });
    expect(found).toMatchObject({ kind: 'given', url: 'amqp://other:5672' });
  });
});
