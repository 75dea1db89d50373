import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(__dirname, '..', '..');

/** One offence per rule: the file that breaks it, with what it imports. */
const offences: Record<string, Record<string, string>> = {
  'no-circular': { 'apps/gateway/src/a.ts': "import './b'", 'apps/gateway/src/b.ts': "import './a'" },
  'apps-never-meet': {
    'apps/gateway/src/c.ts': "import '../../approvals/src/thing'",
    'apps/approvals/src/thing.ts': '',
  },
  'libs-know-no-app': { 'libs/runtime/src/a.ts': "import '../../../apps/approvals/src/thing'" },
  'contracts-import-only-zod': { 'libs/contracts/src/a.ts': "import 'axios'" },
  'libs-stand-in-order': { 'libs/runtime/src/b.ts': "import '@dcm/messaging'", 'libs/messaging/src/index.ts': '' },
  'messaging-below-kit': {
    'libs/messaging/src/a.ts': "import '@dcm/provisioner-kit'",
    'libs/provisioner-kit/src/index.ts': '',
  },
  'lib-by-its-name': { 'apps/gateway/src/d.ts': "import '../../../libs/messaging/src/index'" },
  'lib-by-its-door': {
    'apps/gateway/src/e.ts': "import '../../../libs/messaging/src/inside'",
    'libs/messaging/src/inside.ts': '',
  },
  'product-never-imports-sims': {
    'apps/gateway/src/f.ts': "import '../../../sims/vcsim/vcsim'",
    'sims/vcsim/vcsim.ts': '',
  },
  'testing-doors-only-in-tests': {
    'apps/gateway/src/g.ts': "import '@dcm/provisioner-kit/testing'",
    'libs/provisioner-kit/src/testing/index.ts': '',
  },
  'adapters-know-no-framework': { 'apps/provisioner-vsphere/src/a.ts': "import '@dcm/provisioner-kit'" },
  'policies-and-mappers-are-pure': { 'apps/approvals/src/x.policy.ts': "import 'node:fs'" },
  'amqplib-only-in-messaging': { 'apps/gateway/src/h.ts': "import 'amqplib'" },
  'typeorm-stays-with-rows': { 'apps/gateway/src/i.service.ts': "import 'typeorm'" },
  'clients-speak-http': { 'apps/cli/src/a.ts': "import '@dcm/messaging'" },
  'everything-resolves': { 'apps/gateway/src/j.ts': "import './nowhere'" },
  'nobody-imports-a-spec': { 'apps/gateway/src/k.ts': "import './k.spec'", 'apps/gateway/src/k.spec.ts': '' },
};

interface Cruise {
  readonly summary: { readonly violations: readonly { readonly rule: { readonly name: string } }[] };
}

describe('the dependency rules', () => {
  let folder: string;
  let fired: Set<string>;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'dcm-boundaries-'));
    for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json'])
      cpSync(join(root, file), join(folder, file));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    for (const [file, text] of Object.values(offences).flatMap((files) => Object.entries(files))) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), `${text};\nexport const name = 1;\n`);
    }
    const cruise = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const args = [cruise, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'apps', 'libs', 'sims'];
    const { stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    if (stdout === '') throw new Error(stderr);
    fired = new Set((JSON.parse(stdout) as Cruise).summary.violations.map((violation) => violation.rule.name));
  }, 60_000);
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(Object.keys(offences))('%s fires on its offence', (rule) => {
    expect([...fired]).toContain(rule);
  });

  it('have an offence each in this list', () => {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- the configuration is CommonJS
    const { forbidden } = require('../../.dependency-cruiser.cjs') as { forbidden: { name: string }[] };
    expect(forbidden.map((rule) => rule.name).sort()).toEqual(Object.keys(offences).sort());
  });
});
