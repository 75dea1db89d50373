// npm run conformance -- <platform> [--stock] [--record]: the conformance suite of one platform, on its simulator or on what its environment
// names; --stock: on the vendor-neutral simulator as it is packaged (sims/vcsim/stock); --record: keeps the result for the support matrix.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bootstrap, root } from './bootstrap.mjs';
import { record, render } from './matrix.mjs';

const [platform = '', ...flags] = process.argv.slice(2);
const unknown = flags.find((flag) => !['--stock', '--record'].includes(flag));
if (!/^[a-z][a-z0-9-]*$/.test(platform) || !existsSync(join(root, 'apps', `provisioner-${platform}`)) || unknown) {
  console.error('usage: npm run conformance -- <platform> [--stock] [--record], e.g. vsphere');
  process.exit(2);
}
const isStock = flags.includes('--stock');
if (isStock && platform !== 'vsphere') {
  console.error(`there is no packaged simulator of ${platform}`);
  process.exit(2);
}
bootstrap();

/** govmomi's simulator without our gate, built into a temporary folder. */
async function startStock(folder) {
  const program = join(folder, 'vcsim-stock');
  const env = { ...process.env, GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOFLAGS: '' };
  const build = { cwd: join(root, 'sims', 'vcsim', 'stock'), env, stdio: 'inherit' };
  if (spawnSync('go', ['build', '-o', program, '.'], build).status !== 0)
    throw new Error('Unable to build sims/vcsim/stock');
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const [url, username, password] = line.split(' ');
  return {
    env: { VCSIM_URL: url, VCSIM_USERNAME: username, VCSIM_PASSWORD: password, VCSIM_TEMPLATE: 'stock-template' },
    stop: () => child.stdin.end(),
  };
}

const scratch = mkdtempSync(join(tmpdir(), 'dcm-conformance-'));
const out = process.env.DCM_CONFORMANCE_OUT || join(scratch, 'report.json');
const stock = isStock ? await startStock(scratch) : undefined;
const jest = [
  join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
  ...['--selectProjects', 'integration', '--runInBand', '--forceExit'],
  ...['--testPathPatterns', `apps/provisioner-${platform}/.*conformance`],
];
mkdirSync(join(root, '.dcm'), { recursive: true });
const env = { ...process.env, ...stock?.env, DCM_CONFORMANCE_OUT: out };
const run = spawn(process.execPath, jest, { cwd: root, stdio: 'inherit', env });
const [status] = await once(run, 'exit');
stock?.stop();
if (flags.includes('--record') && existsSync(out)) {
  record(out.endsWith('.json') ? out : join(out, `${platform}.json`), isStock ? `${platform}-stock` : platform);
  render();
}
rmSync(scratch, { recursive: true, force: true });
process.exitCode = status ?? 1;
