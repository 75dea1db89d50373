// npm run conformance -- <platform>: the conformance suite of one platform, on its simulator or on what its environment names.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrap, root } from './bootstrap.mjs';

const platform = process.argv[2] ?? '';
if (!/^[a-z][a-z0-9-]*$/.test(platform) || !existsSync(join(root, 'apps', `provisioner-${platform}`))) {
  console.error('usage: npm run conformance -- <platform>, e.g. vsphere');
  process.exit(2);
}
bootstrap();
const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
const args = [
  jest,
  '--selectProjects',
  'integration',
  '--runInBand',
  '--forceExit',
  '--testPathPatterns',
  `apps/provisioner-${platform}/.*conformance`,
];
process.exit(spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1);
