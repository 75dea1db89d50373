// npm run bench -- <name>: one figure, as JSON on stdout.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrap, root, runScript } from './bootstrap.mjs';

bootstrap();
const helpers = ['stack'];
const names = readdirSync(join(root, 'bench'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -3));
const name = process.argv[2] ?? '';
if (!names.includes(name) || helpers.includes(name)) {
  console.error(
    `usage: npm run bench -- <name>; there are ${names.filter((one) => !helpers.includes(one)).join(', ')}`,
  );
  process.exit(2);
}
const script = join(root, 'dist', 'bench', `${name}.js`);
if (!existsSync(script)) throw new Error(`${script} was not built`);
runScript(script, []);
