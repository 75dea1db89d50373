import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ending } from '../tools/src/services/ending';
import { createVhost, localUrl } from '../tools/src/services/rabbitmq.service';
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

/** Runs `work` on a product of its own, in a virtual host of its own, and ends both, also when this process is told to end. */
export async function withStack<T>(
  args: readonly string[],
  env: Record<string, string>,
  work: (stack: BenchStack) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'dcm-bench-'));
  const vhost = process.env['AMQP_URL'] ? undefined : createVhost(localUrl, basename(folder));
  const startedAt = performance.now();
  const product = startProduct(folder, args, { ...env, ...(vhost && { AMQP_URL: vhost.url }) });
  let over: Promise<void> | undefined;
  const stop = (): Promise<void> => (over ??= endProduct(product, folder).finally(() => vhost?.drop()));
  const takeBack = ending.before(stop);
  try {
    const file = await untilReady(product, folder);
    const startedInMs = Math.round(performance.now() - startedAt);
    await noteVersions(file);
    return await work({ ...file, startedInMs, folder });
  } finally {
    await stop();
    takeBack();
  }
}

const logOf = (folder: string): string => join(folder, 'bench.log');

/** `npm start`, as this process's child; with one site, unless the arguments say otherwise. */
function startProduct(folder: string, args: readonly string[], env: Record<string, string>): ChildProcess {
  const sites = args.includes('--site') ? [] : ['--site', 'vsphere-demo'];
  const log = openSync(logOf(folder), 'w', 0o600);
  try {
    return spawn(process.execPath, [join(root, 'tools', 'start.mjs'), '--port', '0', ...sites, ...args], {
      cwd: root,
      env: { ...process.env, ...env, DCM_STATE_DIR: folder },
      stdio: ['ignore', log, log],
    });
  } finally {
    closeSync(log);
  }
}

const isOver = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

/** @throws Error with its words when the product does not start. */
async function untilReady(product: ChildProcess, folder: string): Promise<StackFile> {
  const file = join(folder, 'stack.json');
  while (!existsSync(file)) {
    if (isOver(product)) throw new Error(`the product did not start:\n${readFileSync(logOf(folder), 'utf8')}`);
    await sleep(20);
  }
  return JSON.parse(readFileSync(file, 'utf8')) as StackFile;
}

async function endProduct(product: ChildProcess, folder: string): Promise<void> {
  if (!isOver(product)) {
    const gone = once(product, 'exit');
    product.kill('SIGTERM');
    await gone;
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
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
