import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../src/services/free-port';
import { SupervisedProcess } from '../src/services/process.service';

const server = `require('node:http').createServer((q, r) => r.end('ok')).listen(Number(process.argv[2]), '127.0.0.1')`;

describe('a supervised process', () => {
  let folder: string;
  let supervised: SupervisedProcess;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dcm-process-'));
    const script = join(folder, 'server.js');
    writeFileSync(script, server);
    const port = await freePort();
    const args = [script, String(port)];
    const logFile = join(folder, 'log', 'server.log');
    supervised = new SupervisedProcess({
      name: 'server',
      args,
      env: {},
      logFile,
      readyUrl: `http://127.0.0.1:${port}/`,
    });
  });
  afterEach(async () => {
    await supervised.stop();
    rmSync(folder, { recursive: true });
  });

  it('is started again when it is killed, and stays away once stopped', async () => {
    supervised.start();
    await supervised.ready(10_000);
    const first = supervised.pid ?? 0;
    process.kill(first, 'SIGKILL');
    while (supervised.pid === first) await new Promise((resolve) => setTimeout(resolve, 20));
    await supervised.ready(10_000);
    const second = supervised.pid ?? 0;
    await supervised.stop();
    expect(() => process.kill(second, 0)).toThrow(/ESRCH/);
  }, 30_000);

  it('names its log when it does not become ready', async () => {
    await expect(supervised.ready(100)).rejects.toThrow(/server\.log/);
  });
});
