import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { StackFile } from '../tools/src/stack/stack.file';
import { commitOf, loadAverage, machine, postgresVersion, rabbitVersion, type Versions } from './harness/machine';

/** The clone's root: built scripts lie in `dist/bench`. */
const root = resolve(__dirname, '..', '..');

export interface BenchStack extends StackFile {
  /** From the command to "ready", installed and built. */
  readonly startedInMs: number;
  /** Its state folder, with the logs. */
  readonly folder: string;
}

/** One line of the README's table. */
export interface Line {
  readonly figure: string;
  readonly measured: string;
  /** What must hold; null for a figure that is only told. */
  readonly wanted: string | null;
  readonly holds: boolean | null;
}

const loadBefore = loadAverage();
let versions: Versions = { commit: commitOf(root), node: process.version, postgres: null, rabbitmq: null };

/** Notes the versions of what a stack runs on, for the report. */
export async function noteVersions({ databaseUrl, amqpUrl }: StackFile): Promise<void> {
  const postgres = await postgresVersion(databaseUrl);
  versions = { ...versions, postgres, rabbitmq: amqpUrl === null ? versions.rabbitmq : await rabbitVersion(amqpUrl) };
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
    await noteVersions(stack);
    return await work({ ...stack, startedInMs, folder });
  } finally {
    run('stop.mjs', []);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Calls the API as the demo tenant, or as the bearer of `token`. @throws Error for any answer that is not a success. */
export async function call(
  stack: Pick<StackFile, 'gateway' | 'token'>,
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

/** Prints a result as JSON with the machine it was measured on, and keeps it in `bench/results`. */
export function report(name: string, figures: unknown, lines: readonly Line[] = []): void {
  const load = { before: loadBefore, after: loadAverage() };
  const result = { bench: name, at: new Date().toISOString(), machine: machine(), load, versions, lines, figures };
  const text = `${JSON.stringify(result, null, 2)}\n`;
  const folder = join(root, 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), text);
  process.stdout.write(text);
}
