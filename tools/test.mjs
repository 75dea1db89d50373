import { join } from 'node:path';
import { bootstrap, root, runScript } from './bootstrap.mjs';

bootstrap();
runScript(join(root, 'dist', 'tools', 'src', 'test.js'), process.argv.slice(2));
