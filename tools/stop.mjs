import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, runTool } from './bootstrap.mjs';

if (existsSync(join(root, 'dist', 'tools', 'src', 'stop.js'))) runTool('stop', process.argv.slice(2));
else console.log('Nothing runs: DCM was never built here.');
