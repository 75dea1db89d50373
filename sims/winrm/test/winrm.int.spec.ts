import { execFile, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { connect, ntlm, type Command, type Endpoint, type Shell } from '../../../apps/provisioner-hyperv/src/wsman';
import { startWinrm, type Winrm } from '../winrm';
import { base64Line, COMMAND, DISPATCHER_LINE } from './a.process';

const PYTHON = '/usr/bin/python3';
const required = process.env['DCM_TEST_REQUIRE'] === 'all';
const hasPywinrm = spawnSync(PYTHON, ['-c', 'import winrm']).status === 0;
if (!hasPywinrm && !required) {
  process.stderr.write(
    'SKIPPED: pywinrm against sims/winrm needs python3-winrm (Debian: apt-get install python3-winrm)\n',
  );
}
const withPywinrm = hasPywinrm || required ? it : it.skip;

interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

function pywinrm(job: Readonly<Record<string, unknown>>): Promise<Outcome> {
  const env = { ...process.env, OPENSSL_CONF: path.join(__dirname, 'openssl-legacy.cnf') };
  return new Promise((resolve, reject) => {
    const child = execFile(
      PYTHON,
      [path.join(__dirname, 'pywinrm.py')],
      { env, timeout: 30_000 },
      (error, stdout, stderr) => {
        if (error === null) resolve(JSON.parse(stdout) as Outcome);
        else reject(new Error(stderr));
      },
    );
    child.stdin?.end(JSON.stringify(job));
  });
}

describe('the simulated site', () => {
  let winrm: Winrm;
  let scratch: string;
  beforeAll(async () => {
    winrm = await startWinrm({ vms: 2, proxied: true });
    scratch = mkdtempSync(path.join(tmpdir(), 'dcm-winrm-test-'));
    writeFileSync(path.join(scratch, 'ca.pem'), winrm.ca);
  });
  afterAll(async () => {
    await winrm.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  const login = (): { username: string; password: string } => ({ username: winrm.username, password: winrm.password });
  const words = COMMAND.split(' ');

  describe('with pywinrm', () => {
    withPywinrm(
      'runs the bootstrap, which answers requests until its input ends, over sealed HTTP',
      async () => {
        const steps = [
          { as: 'server', cmd: 'Get-SCVMMServer', args: { ComputerName: 'localhost' } },
          { as: 'vms', cmd: 'Get-SCVirtualMachine', args: { All: true } },
        ];
        const line = base64Line(JSON.stringify({ id: '1', mode: 'scvmm', steps, return: { vms: { name: 'Name' } } }));
        const [program, ...args] = words;
        const job = {
          ...login(),
          url: winrm.http,
          ca: null,
          program,
          arguments: args,
          pieces: [DISPATCHER_LINE, line],
        };
        const { stdout, code } = await pywinrm(job);
        expect(code).toBe(0);
        const frame = /#DCM1 1 result (\S+)/.exec(stdout)?.[1] ?? '';
        const answer: unknown = JSON.parse(Buffer.from(frame, 'base64').toString('utf8'));
        expect(answer).toMatchObject({ ok: true, data: { vms: [{ name: 'stranger-1' }, { name: 'stranger-2' }] } });
      },
      40_000,
    );

    withPywinrm(
      'is refused a foreign script over HTTPS, in CLIXML and with exit code 1',
      async () => {
        const script = Buffer.from('Get-ChildItem', 'utf16le').toString('base64');
        const ca = path.join(scratch, 'ca.pem');
        const foreign = { program: 'powershell.exe', arguments: ['-EncodedCommand', script], pieces: [] };
        const outcome = await pywinrm({ ...login(), url: winrm.https, ca, ...foreign });
        expect(outcome).toMatchObject({ stdout: '', code: 1, stderr: expect.stringContaining('#< CLIXML') as unknown });
      },
      40_000,
    );
  });

  describe('with the provisioner’s own client', () => {
    let endpoint: Endpoint;
    let shell: Shell;
    let command: Command;
    let seen = '';
    beforeEach(async () => {
      seen = '';
      const { username, password } = login();
      endpoint = connect({ url: winrm.http, authenticator: ntlm({ username, password }), clientName: 'spec' });
      shell = await endpoint.openShell();
      command = await shell.command({ program: words[0] ?? '', arguments: words.slice(1), deadlineMs: 20_000 });
      void read(command).catch(() => undefined);
      await command.send(Buffer.from(DISPATCHER_LINE));
      await until(() => seen.includes('#DCM1 0 ready '));
    });
    afterEach(async () => {
      await shell.close().catch(() => undefined);
      endpoint.close();
    });

    async function read(from: Command): Promise<void> {
      for await (const { stream, bytes } of from.output)
        if (stream === 'stdout') seen += Buffer.from(bytes).toString('latin1');
    }

    async function until(condition: () => boolean): Promise<void> {
      const deadline = Date.now() + 5000;
      while (!condition()) {
        if (Date.now() > deadline) throw new Error('It did not come');
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }

    const request = (id: string, steps: readonly unknown[]): Buffer =>
      Buffer.from(base64Line(JSON.stringify({ id, mode: 'scvmm', steps })));
    const CONNECT = { as: 'server', cmd: 'Get-SCVMMServer', args: { ComputerName: 'localhost' } };

    it('answers requests of a warm worker', async () => {
      await command.send(request('1', [CONNECT]));
      const all = { as: 'vms', cmd: 'Get-SCVirtualMachine', args: { All: true }, expect: 'one' };
      await command.send(request('2', [all]));
      await until(() => seen.includes('#DCM1 2 result '));
      const frame = /#DCM1 2 result (\S+)/.exec(seen)?.[1] ?? '';
      const answer: unknown = JSON.parse(Buffer.from(frame, 'base64').toString('utf8'));
      expect(answer).toMatchObject({ error: { dcm: 'EXPECTED_ONE' } });
    });

    it('counts logins and shells, and takes the shells away', async () => {
      expect(winrm.control.logins).toBeGreaterThan(0);
      expect(winrm.control.shells).toBeGreaterThan(0);
      winrm.control.expireSessions();
      expect(winrm.control.shells).toBe(0);
      await until(() => winrm.control.powershell.processes.length === 0);
      await expect(command.send(request('1', [CONNECT]))).rejects.toThrow();
    });

    it('loses the answer with the connection, and what was asked for is done', async () => {
      const vm = winrm.control.administrator.vms[0]?.ID ?? '';
      await command.send(request('1', [CONNECT]));
      winrm.control.loseAnswer('power');
      const before = winrm.control.mutations;
      const start = request('2', [
        { as: 'vm', cmd: 'Get-SCVirtualMachine', args: { ID: { $guid: vm } } },
        { as: 'on', cmd: 'Start-SCVirtualMachine', args: { VM: { $ref: 'vm' }, RunAsynchronously: true } },
      ]);
      // The connection on which it was sent is lost too, perhaps before that was answered.
      await command.send(start).catch(() => undefined);
      await until(() => winrm.control.mutations === before + 1);
      await until(() => winrm.control.administrator.vm(vm).Status === 'Running');
      expect(seen).not.toContain('#DCM1 2 ');
      expect(winrm.control.powershell.processes).toHaveLength(1);
    });
  });

  it('shows the certificate that it names', () => {
    expect(new X509Certificate(winrm.ca).fingerprint256.replaceAll(':', '').toLowerCase()).toBe(winrm.pin);
  });
});
