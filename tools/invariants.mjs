// npm run invariants: whether what DCM promises holds now, on the stack that runs.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { bootstrap, root } from './bootstrap.mjs';

bootstrap();
const script = join(root, 'dist', 'e2e', 'invariants', 'main.js');
const run = [process.execPath, ['--enable-source-maps', script, ...process.argv.slice(2)]];
process.exit(spawnSync(...run, { cwd: root, stdio: 'inherit' }).status ?? 1);
