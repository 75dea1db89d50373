// npm run test:failures: the real product under load while everything that can fail does; then the invariants.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { bootstrap, root } from './bootstrap.mjs';

bootstrap();
const script = join(root, 'dist', 'e2e', 'failures', 'main.js');
const run = [process.execPath, ['--enable-source-maps', script, ...process.argv.slice(2)]];
process.exit(spawnSync(...run, { cwd: root, stdio: 'inherit' }).status ?? 1);
