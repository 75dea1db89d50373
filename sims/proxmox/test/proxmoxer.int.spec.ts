import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { startProxmox, type Proxmox } from '../proxmox';

/** Debian's own interpreter has Debian's packages. */
const PYTHON = process.env['DCM_PYTHON'] ?? '/usr/bin/python3';
const isThere = spawnSync(PYTHON, ['-c', 'import proxmoxer']).status === 0;
const withProxmoxer = isThere ? describe : describe.skip;
if (!isThere) process.stderr.write(`SKIPPED: ${PYTHON} has no proxmoxer (Debian: python3-proxmoxer)\n`);

interface Step {
  readonly step: string;
  readonly value: unknown;
}

function run(env: Record<string, string>): Promise<readonly Step[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(PYTHON, [path.join(__dirname, 'lifecycle.py')], { env: { ...process.env, ...env } });
    let [output, errors] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0) reject(new Error(`proxmoxer ended with ${code}: ${output}${errors}`));
      else
        resolve(
          output
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line) as Step),
        );
    });
  });
}

withProxmoxer('proxmoxer, the Python client', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dcm-proxmoxer-'));
  const ca = path.join(folder, 'ca.pem');
  let proxmox: Proxmox;

  beforeAll(async () => {
    proxmox = await startProxmox({ speed: 50 });
    writeFileSync(ca, proxmox.ca);
  });

  afterAll(async () => {
    await proxmox.stop();
    rmSync(folder, { recursive: true });
  });

  const target = (): Record<string, string> => {
    const { hostname, port } = new URL(proxmox.url);
    return { SITE_HOST: hostname, SITE_PORT: port, SITE_CA: ca };
  };

  const expected = [
    { step: 'version', value: '9.2.11' },
    { step: 'create', value: 'OK' },
    { step: 'clone', value: 'OK' },
    { step: 'config', value: 'OK' },
    { step: 'read', value: [2, '512', 'a;b', 'mark'] },
    { step: 'start', value: 'OK' },
    { step: 'address', value: true },
    { step: 'stop', value: 'OK' },
    { step: 'delete', value: 'OK' },
    { step: 'delete', value: 'OK' },
  ];

  it.each([
    [
      'an API token',
      (): Record<string, string> => ({
        SITE_USER: 'root@pam',
        SITE_TOKEN: 'admin',
        SITE_SECRET: proxmox.adminToken.secret,
      }),
    ],
    ['a password', (): Record<string, string> => ({ SITE_USER: 'root@pam', SITE_SECRET: proxmox.password })],
  ])('takes a VM from create and clone to delete with %s', async (_, login) => {
    const steps = await run({ ...target(), ...login() });
    const gone = "Configuration file 'nodes/pve1/qemu-server/601.conf' does not exist";
    expect(steps.filter(({ step }) => step !== 'waiting')).toEqual([...expected, { step: 'gone', value: [500, gone] }]);
    for (const { value } of steps.filter(({ step }) => step === 'waiting')) {
      expect(value).toEqual([500, 'QEMU guest agent is not running']);
    }
  });
});
