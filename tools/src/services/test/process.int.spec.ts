import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../free-port';
import { type ProcessSpec, restartPauseMs, SupervisedProcess } from '../process.service';

jest.setTimeout(30_000);

/** Answers 200 on the given port and says on standard output that it has started. */
const server = `
  console.log('started');
  require('node:http').createServer((q, r) => r.end(process.env.GREETING)).listen(Number(process.argv[2]), '127.0.0.1');
`;

describe('a supervised process', () => {
  let folder: string;
  let running: SupervisedProcess | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dcm-process-'));
  });
  afterEach(async () => {
    await running?.stop(100);
    rmSync(folder, { recursive: true });
  });

  async function supervise(script: string, more: Partial<ProcessSpec> = {}): Promise<SupervisedProcess> {
    const file = join(folder, 'script.js');
    writeFileSync(file, script);
    const port = await freePort();
    running = new SupervisedProcess({
      name: 'server',
      args: [file, String(port)],
      env: { GREETING: 'hello' },
      logFile: join(folder, 'log', 'server.log'),
      readyUrl: `http://127.0.0.1:${port}/`,
      ...more,
    });
    return running;
  }

  const starts = (): number => readFileSync(join(folder, 'log', 'server.log'), 'utf8').split('started').length - 1;

  async function until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await delay(10);
  }

  it('is ready when it answers, with the environment and the log it was given', async () => {
    const one = await supervise(server);
    one.start();
    await one.ready(10_000);
    expect(await (await fetch(one.spec.readyUrl)).text()).toBe('hello');
    expect(starts()).toBe(1);
  });

  it('is started again when it is killed, under an id that is recorded', async () => {
    const pidFile = join(folder, 'server.pid');
    const recorded = (): number => Number(readFileSync(pidFile, 'utf8'));
    const one = await supervise(server, { pidFile });
    const restarted = jest.fn();
    one.whenRestarted(restarted);
    one.start();
    await one.ready(10_000);
    const first = recorded();
    expect(first).toBe(one.pid);
    process.kill(first, 'SIGKILL');
    await until(() => one.pid !== first);
    await one.ready(10_000);
    expect(recorded()).toBe(one.pid);
    expect(restarted).toHaveBeenCalledTimes(1);
    await one.stop();
    expect(existsSync(pidFile)).toBe(false);
  });

  it('stays away once it is stopped, even while it waits to be started again', async () => {
    const one = await supervise(`console.log('started')`);
    one.start();
    await until(() => starts() === 1 && existsSync(join(folder, 'log', 'server.log')));
    await one.stop();
    await delay(2 * restartPauseMs(1));
    expect(starts()).toBe(1);
  });

  it('is given up when it ends as soon as it starts', async () => {
    const one = await supervise(`console.log('started'); process.exit(1)`);
    one.start();
    await expect(one.ready(20_000)).rejects.toThrow(/ends as soon as it starts; its log is .*server\.log/);
  });

  it('names its log when it does not become ready', async () => {
    const one = await supervise('setInterval(() => undefined, 1000)');
    one.start();
    await expect(one.ready(200)).rejects.toThrow(/not ready after 0\.2 s; its log is .*server\.log/);
  });

  it('is killed when it does not listen', async () => {
    const one = await supervise(`process.on('SIGTERM', () => console.log('started')); ${server}`);
    one.start();
    await one.ready(10_000);
    await one.stop(100);
    expect(starts()).toBe(2); // the second one is its answer to SIGTERM
    expect(() => process.kill(one.pid ?? 0, 0)).toThrow(/ESRCH/);
  });
});

describe('the pause before a restart', () => {
  it('doubles with every failure and ends at ten seconds', () => {
    expect([0, 1, 2, 3, 20].map(restartPauseMs)).toEqual([250, 500, 1_000, 2_000, 10_000]);
  });
});
