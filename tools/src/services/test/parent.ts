import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * Calls a service's function in a parent process of its own and kills that process with SIGKILL.
 * @returns what the function had returned, as JSON can carry it.
 */
export async function inKilledParent<T>(service: string, name: string, ...args: unknown[]): Promise<T> {
  const command = [join(__dirname, 'parent.cjs'), join(__dirname, '..', service), name, JSON.stringify(args)];
  const parent = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string];
  const gone = once(parent, 'exit');
  parent.kill('SIGKILL');
  await gone;
  return JSON.parse(line) as T;
}
