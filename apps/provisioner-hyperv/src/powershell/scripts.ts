import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDERS = [
  /** Beside the sources; an image holds them beside the compiled files. */
  join(__dirname, '..', 'ps'),
  /** A checkout that was built: from dist/apps/provisioner-hyperv/src/powershell to the sources. */
  join(__dirname, '..', '..', '..', '..', '..', 'apps', 'provisioner-hyperv', 'src', 'ps'),
];

/** @throws Error when neither place has the script */
function read(name: string): string {
  const found = FOLDERS.map((folder) => join(folder, name)).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`Unable to find ${name}: it lies in none of ${FOLDERS.join(', ')}`);
  return readFileSync(found, 'utf8');
}

/** The program and arguments of a warm process: they are the same for everybody and hold nothing of anybody. */
export function processCommand(): { readonly program: string; readonly arguments: readonly string[] } {
  const encoded = Buffer.from(read('bootstrap.ps1'), 'utf16le').toString('base64');
  const switches = ['-NoLogo', '-NoProfile', '-NonInteractive'];
  const formats = ['-ExecutionPolicy', 'Bypass', '-InputFormat', 'Text', '-OutputFormat', 'Text'];
  return { program: 'powershell.exe', arguments: [...switches, ...formats, '-EncodedCommand', encoded] };
}

/** The dispatcher as the first line of a process's stdin. */
export const dispatcherLine = (): Buffer =>
  Buffer.from(`${Buffer.from(read('dispatch.ps1'), 'utf8').toString('base64')}\n`, 'latin1');
