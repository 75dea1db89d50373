import type { Front } from '../../../../sims/winrm/front/front';
import { collect, LineReader, type Command, type Endpoint, type Shell } from '../../src/wsman';
import { aFront, anEndpoint, DOMAIN, LOCAL, WAYS } from './stand';

describe.each(WAYS)('a shell by %s', (way) => {
  let front: Front;
  let endpoint: Endpoint;
  let shell: Shell;

  beforeAll(async () => {
    front = await aFront({ cbtHardening: 'Strict', limits: { pieceBytes: 7 } });
    endpoint = anEndpoint(front, way, { operationTimeoutMs: 500 });
    shell = await endpoint.openShell({ environment: { GREETING: 'grüß "dich" <&>' }, workingDirectory: 'C:\\Temp' });
  });

  afterAll(async () => {
    try {
      await shell.close();
      expect(front.service.shells.all()).toHaveLength(0);
    } finally {
      endpoint.close();
      await front.close();
    }
  });

  const start = (program: string, ...args: string[]): Promise<Command> =>
    shell.command({ program, arguments: args, deadlineMs: 20_000 });

  it('brings output, errors and the exit code home', async () => {
    const { stdout, stderr, exitCode } = await collect(await start('fail', '-1073741819'));
    expect(stdout.toString()).toBe('before\n');
    expect(stderr.toString()).toBe('näin ei käy\n');
    expect(exitCode).toBe(-1073741819);
  });

  it('gives the program its user, environment, folder and UTF-8', async () => {
    const { stdout } = await collect(await start('whoami'));
    expect(JSON.parse(stdout.toString())).toEqual({
      user: way === 'Basic over TLS' ? LOCAL.name : DOMAIN.name,
      environment: { GREETING: 'grüß "dich" <&>' },
      workingDirectory: 'C:\\Temp',
      codePage: 65001,
      commandLine: 'whoami',
    });
  });

  it('carries hostile arguments unharmed', async () => {
    const hostile = `]]>&amp;<x a='1'>\r\n"$(calc)" \u2019;\`\t 😀`;
    const { stdout } = await collect(await start('echo', hostile));
    expect(stdout.toString()).toBe(`${hostile}\r\n`);
  });

  it('carries every byte both ways, in pieces that end anywhere', async () => {
    const bytes = Buffer.from(Array.from({ length: 200_003 }, (_, index) => (index * 7 + (index >> 8)) & 255));
    const command = await start('hold');
    await command.send(bytes, { end: true });
    const { stdout, exitCode } = await collect(command);
    expect(stdout.equals(bytes)).toBe(true);
    expect(exitCode).toBe(0);
  });

  it('makes whole lines of pieces that split characters', async () => {
    const command = await start('cat');
    const reader = new LineReader();
    await command.send(Buffer.from('первая строка\r\n二行目\nдолг'), { end: true });
    const lines: string[] = [];
    for await (const { bytes } of command.output) lines.push(...reader.push(bytes));
    expect([...lines, reader.end()]).toEqual(['первая строка', '二行目', 'долг']);
  });

  it('asks again when the server has nothing to tell for longer than an operation lasts', async () => {
    const { stdout } = await collect(await start('drip', '2', '800'));
    expect(stdout.toString()).toBe('part 0\npart 1\n');
    expect(front.stats.served.Receive).toBeGreaterThan(3);
  });

  it('answers while the receiving connection waits', async () => {
    const command = await start('cat');
    const output = command.output[Symbol.asyncIterator]();
    const first = output.next();
    await command.send(Buffer.from('ping'));
    expect((await first).value).toEqual({ stream: 'stdout', bytes: Buffer.from('ping') });
    await command.terminate();
    await command.terminate();
    await output.return?.();
  });

  it('lists its shell by name and owner', async () => {
    const [listed, ...others] = await endpoint.shells();
    expect(others).toEqual([]);
    expect(listed).toMatchObject({
      id: shell.id,
      name: shell.name,
      clientIp: expect.stringContaining('127.0.0.1') as string,
      idleTimeoutMs: 180_000,
      owner: way === 'Basic over TLS' ? LOCAL.name : DOMAIN.name,
    });
  });
});
