import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import type { StackFile } from '../tools/src/stack/stack.file';

/** The clone's root: built scripts lie in `dist/bench`. */
const root = resolve(__dirname, '..', '..');

export interface BenchStack extends StackFile {
  /** From the command to "ready", installed and built. */
  readonly startedInMs: number;
}

/** Runs `work` on a product of its own and ends it. */
export async function withStack<T>(
  args: readonly string[],
  env: Record<string, string>,
  work: (stack: BenchStack) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'dcm-bench-'));
  const environment = { ...process.env, ...env, DCM_STATE_DIR: folder };
  const run = (tool: string, more: readonly string[]): void => {
    const result = spawnSync(process.execPath, [join(root, 'tools', tool), ...more], {
      cwd: root,
      env: environment,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    if (result.status !== 0) throw new Error(`${tool} ended with ${String(result.status)}`);
  };
  const startedAt = performance.now();
  run('start.mjs', ['--detach', '--port', '0', ...args]);
  const startedInMs = Math.round(performance.now() - startedAt);
  try {
    const stack = JSON.parse(readFileSync(join(folder, 'stack.json'), 'utf8')) as StackFile;
    return await work({ ...stack, startedInMs });
  } finally {
    run('stop.mjs', []);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Calls the API as the demo tenant. @throws Error for any answer that is not a success. */
export async function call(
  stack: StackFile,
  method: string,
  path: string,
  body?: unknown,
): Promise<Record<string, unknown>> {
  const response = await fetch(stack.gateway.url + path, {
    method,
    headers: {
      authorization: `Bearer ${stack.token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

/** Prints a result as JSON with the machine it was measured on. */
export function report(name: string, figures: unknown): void {
  const machine = {
    cpus: cpus().length,
    model: cpus()[0]?.model ?? '',
    memoryGib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
  console.log(JSON.stringify({ bench: name, at: new Date().toISOString(), machine, figures }, null, 2));
}
