import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { bootstrap, root } from './bootstrap.mjs';

bootstrap();
const stack = spawn(
  process.execPath,
  ['--enable-source-maps', join(root, 'dist', 'tools', 'src', 'stack.js'), ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
// The terminal sends Ctrl-C to both; the stack ends in order and this process waits for it.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => signal === 'SIGTERM' && stack.kill(signal));
stack.on('exit', (code) => process.exit(code ?? 1));
