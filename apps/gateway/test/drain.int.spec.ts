import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Scene } from './scene';

jest.setTimeout(60_000);

interface Counts {
  answered: number;
  readonly failed: string[];
}

/** One GET over a connection of the agent's. */
function get(url: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(url, { agent }, (response) => {
      response.resume();
      response.once('end', () => {
        resolve(response.statusCode ?? 0);
      });
      response.once('error', reject);
    });
    call.once('error', reject);
    call.end();
  });
}

/** Asks again and again until nobody listens any more. */
async function callUntilRefused(url: string, agent: Agent, counts: Counts): Promise<void> {
  for (;;) {
    try {
      const status = await get(url, agent);
      if (status < 500) counts.answered += 1;
      else counts.failed.push(String(status));
    } catch (error) {
      const { code = String(error) } = error as NodeJS.ErrnoException;
      if (code === 'ECONNREFUSED') return;
      counts.failed.push(code);
    }
  }
}

async function connected(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

const answerOn = async (socket: Socket): Promise<string> => {
  socket.write('GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n');
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

describe('a gateway that is told to go', () => {
  let scene: Scene;
  let url: string;

  beforeEach(async () => {
    scene = await Scene.open();
    url = scene.gateway.url;
  });
  afterEach(() => scene.close());

  it('answers every request that busy callers send over the connections they keep', async () => {
    const counts: Counts = { answered: 0, failed: [] };
    const agent = new Agent({ keepAlive: true });
    const callers = Array.from({ length: 8 }, () => callUntilRefused(`${url}/health/live`, agent, counts));
    await sleep(200);
    const before = counts.answered;
    const closed = scene.stopGateway();
    await Promise.all(callers);
    await closed;
    agent.destroy();
    expect(counts.failed).toEqual([]);
    expect(counts.answered).toBeGreaterThan(before);
  });

  it('answers what comes behind the shut door over connections that were idle or never used, and closes them', async () => {
    const sockets = await Promise.all([connected(url), connected(url)]);
    const closed = scene.stopGateway();
    await sleep(400); // shut after 200 ms; idle connections stay for another 500
    await expect(connected(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    for (const answer of await Promise.all(sockets.map(answerOn))) {
      expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*connection: close\r\n/i);
    }
    await closed;
  });

  it('does not wait for callers that connected and say nothing', async () => {
    const silent = await connected(url);
    const startedAt = performance.now();
    await scene.stopGateway();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    silent.destroy();
  });
});
