import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The scripts lie beside the sources, and the build copies them beside its output. */
const read = (name: string): string => readFileSync(join(__dirname, '..', 'ps', name), 'utf8');

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
