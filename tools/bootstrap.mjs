// Makes a fresh clone runnable: installs when the lockfile changed, builds when a source changed. Needs Node and npm only.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const minimum = [20, 19];

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > minimum[0] || (major === minimum[0] && minor >= minimum[1])) return;
  console.error(`DCM needs Node ${minimum.join('.')} or newer; this is ${process.versions.node}.`);
  process.exit(1);
}

function run(command, args, what) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (result.status === 0) return;
  console.error(`Unable to ${what}: ${command} ${args.join(' ')} ended with ${result.status ?? result.signal}.`);
  process.exit(1);
}

const sha256 = (text) => createHash('sha256').update(text).digest('hex');

function stampOf(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function install() {
  const stamp = join(root, 'node_modules', '.dcm-lock');
  const wanted = sha256(readFileSync(join(root, 'package-lock.json')));
  if (stampOf(stamp) === wanted) return;
  console.log('Installing packages (once per lockfile) …');
  run('npm', ['ci', '--no-audit', '--no-fund'], 'install the packages');
  writeFileSync(stamp, wanted);
}

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.(ts|json)$/.test(entry.name)) yield path;
  }
}

function build() {
  const files = ['apps', 'bench', 'e2e/failures', 'e2e/invariants', 'libs', 'sims', 'tools'].flatMap((folder) => [
    ...sources(join(root, folder)),
  ]);
  files.push(join(root, 'tsconfig.json'), join(root, 'nest-cli.json'));
  const wanted = sha256(files.map((file) => `${relative(root, file)} ${sha256(readFileSync(file))}`).join('\n'));
  const stamp = join(root, 'dist', '.dcm-built');
  if (stampOf(stamp) === wanted) return;
  console.log('Building …');
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  run(process.execPath, [join('node_modules', '@nestjs', 'cli', 'bin', 'nest.js'), 'build', 'tools'], 'build');
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(stamp, wanted);
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** One bootstrap at a time in a clone: a second `npm start` or `npm test` waits for the first. A lock whose owner is gone is taken over. */
function exclusively(work) {
  const lock = join(root, '.dcm', 'bootstrap.lock');
  mkdirSync(dirname(lock), { recursive: true, mode: 0o711 });
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (!isAlive(Number(stampOf(lock)) || process.ppid)) rmSync(lock, { force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
  let isHeld = true;
  const release = () => {
    if (isHeld) rmSync(lock, { force: true });
    isHeld = false;
  };
  process.once('exit', release);
  work();
  release();
}

/** Leaves the clone installed and built. */
export function bootstrap() {
  checkNode();
  exclusively(() => {
    install();
    build();
  });
}

/** Runs a built tool in the foreground and ends with its exit code. */
export function runTool(name, args) {
  const result = spawnSync(
    process.execPath,
    ['--enable-source-maps', join(root, 'dist', 'tools', 'src', `${name}.js`), ...args],
    {
      cwd: root,
      stdio: 'inherit',
    },
  );
  process.exit(result.status ?? 1);
}

/** Runs a built script that starts things which must not outlive it: whoever ends this process ends the script, and waits for it. */
export function runScript(script, args) {
  const child = spawn(process.execPath, ['--enable-source-maps', script, ...args], { cwd: root, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => process.exit(code ?? 1));
}
