// npm run test:failures: the real product under load while everything that can fail does; then the invariants.
import { join } from 'node:path';
import { bootstrap, root, runScript } from './bootstrap.mjs';

bootstrap();
runScript(join(root, 'dist', 'e2e', 'failures', 'main.js'), process.argv.slice(2));
