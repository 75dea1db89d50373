import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import * as path from 'node:path';
import { withFileLock } from '../../tools/src/services/file.lock';

/** No simulated vCenter can be had on this machine; the message says why and what to do. */
export class VcsimUnavailable extends Error {
  override readonly name = 'VcsimUnavailable';
}

const GOPATH = '/usr/share/gocode';

/** Debian's simulator tells of changes after 250 ms; its later versions do after 20 ms, a vCenter at once. */
const PATIENCE = {
  file: path.join(GOPATH, 'src/github.com/vmware/govmomi/simulator/property_collector.go'),
  from: 'time.NewTicker(250 * time.Millisecond)',
  to: 'time.NewTicker(20 * time.Millisecond)',
};
const PACKAGES = ['golang-go', 'golang-github-vmware-govmomi-dev'];

let building: Promise<string> | undefined;

/**
 * Builds the simulator once for the present Go sources and returns the program's path. Callers in other processes wait
 * for the one that builds. On Debian, root gets a missing Go toolchain by apt.
 * @throws VcsimUnavailable without Go and govmomi, or when the build fails.
 */
export function buildVcsim(): Promise<string> {
  building ??= build().catch((error: unknown) => {
    building = undefined;
    throw error;
  });
  return building;
}

async function build(): Promise<string> {
  const given = process.env['VCSIM_BIN'];
  if (given !== undefined) return given;
  const root = findRoot();
  const sources = path.join(root, 'sims', 'vcsim');
  const binaries = path.join(root, '.dcm', 'bin');
  const program = path.join(binaries, `vcsim-${hashSources(sources)}`);
  mkdirSync(binaries, { recursive: true });
  await withFileLock(`${program}.lock`, async () => {
    if (existsSync(program)) return;
    await ensureToolchain(path.join(root, '.dcm', 'log'));
    await compile(sources, program);
    removeOthers(binaries, program);
  });
  return program;
}

/** The folder of the repository, from the sources as well as from the build output below it. */
function findRoot(): string {
  for (let folder = __dirname; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'sims', 'vcsim', 'main.go'))) return folder;
  }
  throw new VcsimUnavailable(`Unable to build vcsim: its Go sources are not above ${__dirname}`);
}

function hashSources(folder: string): string {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${PATIENCE.to}`);
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.go'))
    .sort()) {
    hash.update(file).update(readFileSync(path.join(folder, file)));
  }
  return hash.digest('hex').slice(0, 12);
}

async function compile(sources: string, program: string): Promise<void> {
  const unfinished = `${program}.${process.pid}`;
  const env = { ...process.env, GO111MODULE: 'off', GOPATH, GOFLAGS: '', CGO_ENABLED: '0', ...goCache(program) };
  const overlay = writeOverlay(unfinished);
  const args = ['build', '-overlay', overlay.index, '-ldflags', '-s -w', '-o', unfinished, '.'];
  const { status, output } = await run('go', args, { cwd: sources, env });
  for (const file of Object.values(overlay)) rmSync(file);
  if (status !== 0) throw new VcsimUnavailable(`Unable to build vcsim: ${output.trim()}`);
  renameSync(unfinished, program);
}

/** Has the compiler read one of the simulator's files as DCM needs it; a version that is so already stays as it is. */
function writeOverlay(prefix: string): { readonly index: string; readonly file: string } {
  const { file, from, to } = PATIENCE;
  const changed = { index: `${prefix}.overlay.json`, file: `${prefix}.overlay.go` };
  writeFileSync(changed.file, readFileSync(file, 'utf8').replace(from, to));
  writeFileSync(changed.index, JSON.stringify({ Replace: { [file]: changed.file } }));
  return changed;
}

/** Go refuses to build without a cache folder, which it derives from HOME. */
function goCache(program: string): Record<string, string> {
  const known = ['GOCACHE', 'XDG_CACHE_HOME', 'HOME'].some((name) => (process.env[name] ?? '') !== '');
  return known ? {} : { GOCACHE: path.join(path.dirname(program), '..', 'go-cache') };
}

function removeOthers(folder: string, program: string): void {
  for (const name of readdirSync(folder)) {
    if (/^vcsim-[0-9a-f]{12}$/.test(name) && name !== path.basename(program)) rmSync(path.join(folder, name));
  }
}

async function ensureToolchain(logFolder: string): Promise<void> {
  if (hasToolchain()) return;
  const missing = `Unable to build vcsim: Debian's packages ${PACKAGES.join(' and ')} are not installed`;
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) {
    throw new VcsimUnavailable(`${missing}; install them or set VCSIM_URL to a vCenter`);
  }
  mkdirSync(logFolder, { recursive: true });
  const logFile = path.join(logFolder, 'vcsim-apt.log');
  const log = openSync(logFile, 'w');
  try {
    for (const step of [['update'], ['install', '-y', '--no-install-recommends', ...PACKAGES]]) {
      const arguments_ = ['-o', 'DPkg::Lock::Timeout=300', ...step];
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      if ((await run('apt-get', arguments_, { env, log })).status !== 0) {
        throw new VcsimUnavailable(`${missing}, and apt-get ${String(step[0])} failed: see ${logFile}`);
      }
    }
  } finally {
    closeSync(log);
  }
}

function hasToolchain(): boolean {
  return spawnSync('go', ['version']).status === 0 && existsSync(`${GOPATH}/src/github.com/vmware/govmomi/simulator`);
}

interface RunOptions {
  readonly cwd?: string;
  readonly env: NodeJS.ProcessEnv;
  /** File descriptor that takes the output; default: collected. */
  readonly log?: number;
}

function run(
  command: string,
  args: readonly string[],
  { cwd, env, log }: RunOptions,
): Promise<{ status: number; output: string }> {
  return new Promise((resolve, reject) => {
    const target = log ?? 'pipe';
    const child = spawn(command, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env,
      stdio: ['ignore', target, target],
    });
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ status: code ?? -1, output });
    });
  });
}
