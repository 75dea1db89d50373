import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { text } from 'node:stream/consumers';
import { startFront, type Front } from '../front';
import { toys } from './toy.program';

const PYTHON = '/usr/bin/python3';
const DOMAIN = { name: 'CONTOSO\\svc-dcm', password: 'P@ss w0rd&<1' };
const LOCAL = { name: 'Administrator', password: 'L0cal:pass' };
/** OpenSSL 3 keeps MD4, which NTLM needs, in a provider that must be asked for. */
const LEGACY = `openssl_conf = init
[init]
providers = providers
[providers]
default = on
legacy = on
[on]
activate = 1
`;

const isThere = spawnSync(PYTHON, ['-c', 'import winrm']).status === 0;
const required = process.env['DCM_TEST_REQUIRE'] === 'all';
if (!isThere && !required) {
  process.stderr.write(
    'SKIPPED: pywinrm against sims/winrm/front needs python3-winrm (Debian: apt-get install python3-winrm)\n',
  );
}

interface Run {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

interface Outcome {
  readonly refused?: string;
  readonly gone?: string;
  readonly echo: Run;
  readonly fail: Run;
  readonly drip: Run;
  readonly hold: Run;
  readonly long: Run;
  readonly whoami: Record<string, unknown>;
}

(isThere || required ? describe : describe.skip)('pywinrm', () => {
  let folder: string;
  let front: Front;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'dcm-pywinrm-'));
    front = await startFront({
      program: toys,
      accounts: [DOMAIN, LOCAL],
      cbtHardening: 'Strict',
      limits: { pieceBytes: 7_001 },
    });
    writeFileSync(path.join(folder, 'ca.pem'), front.https!.ca);
    writeFileSync(path.join(folder, 'openssl.cnf'), LEGACY);
  });

  afterAll(async () => {
    await front.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Lets pywinrm do all it can by one way in. */
  async function drive(transport: 'basic' | 'ntlm', url: string, account: typeof DOMAIN): Promise<Outcome> {
    const env = { ...process.env, OPENSSL_CONF: path.join(folder, 'openssl.cnf') };
    const child = spawn(PYTHON, [path.join(__dirname, 'pywinrm.py')], { env, stdio: ['pipe', 'pipe', 'inherit'] });
    const { name: username, password } = account;
    child.stdin.end(JSON.stringify({ transport, url, username, password, ca: path.join(folder, 'ca.pem') }));
    const [output] = await Promise.all([text(child.stdout), once(child, 'close')]);
    return JSON.parse(output) as Outcome;
  }

  it.each<[string, 'basic' | 'ntlm', 'http' | 'https', typeof DOMAIN]>([
    ['Basic over TLS', 'basic', 'https', LOCAL],
    ['NTLM with channel binding over TLS', 'ntlm', 'https', DOMAIN],
    ['NTLM-sealed over HTTP', 'ntlm', 'http', DOMAIN],
  ])(
    'runs programs by %s',
    async (_way, transport, door, account) => {
      const sealed = front.stats.sealed;
      const outcome = await drive(transport, front[door]!.url, account);
      expect(outcome.echo).toEqual({ stdout: 'näin <ei> &\r\n', stderr: '', code: 0 });
      expect(outcome.fail).toEqual({ stdout: 'before\n', stderr: 'näin ei käy\n', code: 3 });
      expect(outcome.drip.stdout).toBe('part 0\npart 1\n');
      expect(outcome.hold.stdout).toBe(`первая\n${'x'.repeat(50_000)}終\n`);
      expect(outcome.long).toEqual({ stdout: '', stderr: 'The command line is too long.\r\n', code: 1 });
      expect(outcome.whoami).toMatchObject({
        user: account.name,
        environment: { GREETING: 'grüß <&>' },
        workingDirectory: 'C:\\Temp',
        codePage: 65001,
      });
      expect(outcome.gone).toBe('WinRMError');
      expect(front.service.shells.all()).toHaveLength(0);
      expect(front.stats.sealed > sealed).toBe(door === 'http');
      if (transport === 'ntlm') {
        const handshake = { hasChannelBinding: door === 'https', targetName: expect.any(String) as string };
        expect(front.stats.lastHandshake).toMatchObject(handshake);
      }
    },
    30_000,
  );

  it.each<['basic' | 'ntlm', 'http' | 'https', typeof DOMAIN]>([
    ['basic', 'https', { ...LOCAL, password: 'wrong' }],
    ['basic', 'https', DOMAIN],
    ['basic', 'http', LOCAL],
    ['ntlm', 'https', { ...DOMAIN, password: 'wrong' }],
    ['ntlm', 'http', { ...DOMAIN, password: 'wrong' }],
  ])(
    'is refused by %s over %s with what does not fit',
    async (transport, door, account) => {
      const before = front.stats.refused;
      expect(await drive(transport, front[door]!.url, account)).toEqual({ refused: 'InvalidCredentialsError' });
      expect(front.stats.refused).toBeGreaterThan(before);
    },
    30_000,
  );
});
