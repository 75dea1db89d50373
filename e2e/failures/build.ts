import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../../tools/src/stack/paths';

/** Builds the product, as every start of it does. @throws Error with what the build said */
export function build(): void {
  const script = `import(${JSON.stringify(join(root, 'tools', 'bootstrap.mjs'))}).then((m) => m.bootstrap())`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', script], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the build failed: ${stderr}`);
}
