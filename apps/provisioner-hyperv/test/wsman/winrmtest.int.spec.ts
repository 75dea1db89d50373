import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { selfSigned, type SelfSigned } from '../../../../sims/faults/certificate';
import { basic, collect, connect, type Endpoint } from '../../src/wsman';

const GOPATH = '/usr/share/gocode';
const SOURCE = path.join(__dirname, 'winrmtest');
const PASSWORD = 'L0cal:pass';

const isThere =
  spawnSync('go', ['version']).status === 0 && existsSync(path.join(GOPATH, 'src/github.com/dylanmei/winrmtest'));
const required = process.env['DCM_TEST_REQUIRE'] === 'all';
if (!isThere && !required) {
  const packages = 'golang-go golang-github-dylanmei-winrmtest-dev';
  process.stderr.write(`SKIPPED: the WS-Man client against winrmtest needs ${packages} (Debian: apt-get install)\n`);
}

/** Somebody else's server: its answers lack the SOAP body, and some have nothing at all. */
(isThere || required ? describe : describe.skip)('winrmtest', () => {
  let folder: string;
  let certificate: SelfSigned;
  let server: ChildProcessWithoutNullStreams;
  let url: string;
  let endpoint: Endpoint;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'dcm-winrmtest-'));
    certificate = selfSigned();
    writeFileSync(path.join(folder, 'cert.pem'), certificate.cert);
    writeFileSync(path.join(folder, 'key.pem'), certificate.key);
    const env = { ...process.env, GO111MODULE: 'off', GOPATH, GOFLAGS: '', CGO_ENABLED: '0', GOCACHE: cacheOf(folder) };
    const built = spawnSync('go', ['build', '-o', path.join(folder, 'winrmtest'), '.'], { cwd: SOURCE, env });
    expect(built.stderr.toString()).toBe('');
    const args = ['cert.pem', 'key.pem', 'Administrator'];
    server = spawn('./winrmtest', args, { cwd: folder, env: { ...process.env, WINRMTEST_PASSWORD: PASSWORD } });
    url = (await createInterface({ input: server.stdout })[Symbol.asyncIterator]().next()).value as string;
  }, 120_000);

  afterAll(async () => {
    const ended = once(server, 'exit');
    server.stdin.end();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });

  const open = (password = PASSWORD): Endpoint => {
    const authenticator = basic({ username: 'Administrator', password });
    return connect({ url, authenticator, trust: { pinSha256: certificate.sha256 }, clientName: 'test' });
  };

  afterEach(() => {
    endpoint.close();
  });

  it('runs programs of somebody else’s server', async () => {
    endpoint = open();
    const shell = await endpoint.openShell();
    expect(shell.id).toBe('123');
    const greeting = await collect(await shell.command({ program: 'greet', deadlineMs: 5_000 }));
    expect(greeting).toEqual({ stdout: Buffer.from('grüß dich\r\n'), stderr: Buffer.alloc(0), exitCode: 0 });
    const large = await collect(await shell.command({ program: 'large', deadlineMs: 5_000 }));
    expect(large.stdout.toString()).toBe('The quick brown fox. '.repeat(20_000));
    expect(large.exitCode).toBe(259);
    await shell.close();
  });

  it('tells an error of it as what it is', async () => {
    endpoint = open();
    const shell = await endpoint.openShell();
    await expect(shell.command({ program: 'unknown', deadlineMs: 5_000 })).rejects.toMatchObject({
      code: 'HTTP_STATUS',
      httpStatus: 500,
    });
    await expect(endpoint.shells()).rejects.toMatchObject({ code: 'HTTP_STATUS' });
  });

  it('is refused by it with another password', async () => {
    endpoint = open('wrong');
    await expect(endpoint.openShell()).rejects.toMatchObject({ code: 'CREDENTIALS_REFUSED' });
  });
});

/** Go refuses to build without a cache folder; one that is kept makes the next build quick. */
function cacheOf(fallback: string): string {
  const home = process.env['HOME'] ?? '';
  return (
    process.env['GOCACHE'] ?? (home === '' ? path.join(fallback, 'go-cache') : path.join(home, '.cache', 'go-build'))
  );
}
