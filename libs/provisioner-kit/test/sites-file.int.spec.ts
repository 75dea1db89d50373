import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { isSealed, openSealed, seal } from '@dcm/runtime';
import { keepSealingKey } from '../src/sealing-key';
import { loadSites, type LoadedSite } from '../src/sites.config';

const options = z.object({ folder: z.string().default('dcm') });

describe('the sites file on disk', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dcm-sites-'));
    writeFileSync(join(folder, 'password'), 'hunter2\n');
    writeFileSync(join(folder, 'ca.pem'), 'PEM');
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const load = (yaml: string, env: Record<string, string> = {}): LoadedSite<{ folder: string }>[] => {
    const file = join(folder, 'sites.yaml');
    writeFileSync(file, yaml);
    return loadSites(file, options, env);
  };

  const yaml = (credentials = '{ username: dcm, passwordFile: password }'): string => `
sites:
  - name: lab
    url: https://vcenter.example/sdk
    credentials: ${credentials}
    tls: { caFile: ca.pem }
    sealingKeyFile: keys/sealing.key
    limits: { maxConcurrent: 3 }
`;

  it('resolves secrets and certificates relative to itself', () => {
    const [site] = load(yaml());
    expect(site?.config).toEqual({
      name: 'lab',
      url: new URL('https://vcenter.example/sdk'),
      credentials: { username: 'dcm', password: 'hunter2' },
      tls: { kind: 'ca', pem: 'PEM' },
      limits: { maxConcurrent: 3, maxReads: 8, callTimeoutMs: 60_000 },
      options: { folder: 'dcm' },
    });
  });

  it('takes credentials from the environment', () => {
    const [site] = load(yaml('{ usernameEnv: SITE_USER, passwordEnv: SITE_PASSWORD }'), {
      SITE_USER: 'dcm',
      SITE_PASSWORD: 'hunter3',
    });
    expect(site?.config.credentials).toEqual({ username: 'dcm', password: 'hunter3' });
  });

  it('makes the sealing key once, for its owner only', () => {
    const [first] = load(yaml());
    const file = join(folder, 'keys', 'sealing.key');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const [second] = load(yaml());
    expect(second?.sealingKey).toEqual(first?.sealingKey);
    const { publicKey, privateKey } = keepSealingKey(file);
    const sealed = seal(publicKey, 'a secret', 'vm');
    expect(isSealed(sealed)).toBe(true);
    expect(openSealed(privateKey, sealed, 'vm')).toBe('a secret');
  });

  it('refuses a sealing key that is none, and leaves it as it is', () => {
    const file = join(folder, 'sealing.key');
    writeFileSync(file, 'not a key');
    expect(() => keepSealingKey(file)).toThrow(/Unable to use the sealing key/);
    expect(readFileSync(file, 'utf8')).toBe('not a key');
  });

  it.each([
    [
      'a password file that is missing',
      '{ username: dcm, passwordFile: nowhere }',
      /password of site lab: nowhere is not readable/,
    ],
    [
      'an empty variable',
      '{ username: dcm, passwordEnv: NOWHERE }',
      /password of site lab: environment variable NOWHERE is empty/,
    ],
  ])('names %s', (_case, credentials, message) => {
    expect(() => load(yaml(credentials))).toThrow(message);
  });

  it('names the line that is not YAML, and shows nothing of it', () => {
    expect(() => load('sites:\n  - name: "hunter2\n')).toThrow(/is not YAML$/);
    expect(() => load('sites:\n  - name: "hunter2\n')).not.toThrow(/hunter2/);
  });

  it('names a file that is not there', () => {
    expect(() => loadSites(join(folder, 'nowhere.yaml'), options, {})).toThrow(/nowhere.yaml: it is not readable/);
  });
});
