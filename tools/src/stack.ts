import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './services/free-port';
import type { SupervisedProcess } from './services/process.service';
import { startApps, stopApps, type StackParts } from './stack/apps';
import { chooseDemos, startDemoSites } from './stack/demo/demos';
import { startInfrastructure } from './stack/infrastructure';
import { parseOptions, type StackOptions } from './stack/options';
import { logDir, stateDir } from './stack/paths';
import { screen } from './stack/screen';
import { loadSecrets, saveSecrets, withPasswords } from './stack/secrets.file';
import { seed, silentSites } from './stack/seed';
import {
  isAlive,
  readStackFile,
  removeStackFile,
  writePrivately,
  writeStackFile,
  type StackFile,
} from './stack/stack.file';

const screenFile = (): string => join(stateDir(), 'screen.txt');
const announceMs = 30_000;

/** `provisioner-vsphere-2` belongs to `provisioner-vsphere`. */
function pidsOf(processes: readonly SupervisedProcess[]): Record<string, number[]> {
  const pids: Record<string, number[]> = {};
  for (const { spec, pid } of processes) {
    if (pid !== undefined) (pids[spec.name.replace(/-\d+$/, '')] ??= []).push(pid);
  }
  return pids;
}

async function fill(
  parts: StackParts,
  processes: readonly SupervisedProcess[],
): Promise<{ stack: StackFile; notes: string[] }> {
  const { infrastructure, secrets, sites } = parts;
  const gatewayUrl = `http://127.0.0.1:${parts.gatewayPort}`;
  const amqpUser =
    infrastructure.amqpUrl === null ? null : decodeURIComponent(new URL(infrastructure.amqpUrl).username);
  const { adminToken, tenantToken } = secrets;
  const seeded = await seed({ gatewayUrl, adminToken, tenantToken, sites, amqpUser });
  saveSecrets({ ...secrets, tenantToken: seeded.tenantToken });
  const silent = await silentSites({ gatewayUrl, adminToken, sites }, announceMs);
  const stack: StackFile = {
    gateway: { url: gatewayUrl },
    token: seeded.tenantToken,
    adminToken,
    tenantId: seeded.tenantId,
    projects: seeded.projects,
    sites: Object.fromEntries(sites.map((site) => [site.name, site.stackSite])),
    amqpUrl: infrastructure.amqpUrl,
    databaseUrl: infrastructure.databaseUrl,
    supervisor: process.pid,
    pids: pidsOf(processes),
  };
  return { stack, notes: silent.map((site) => `site ${site} has not announced itself; its log is in ${logDir()}`) };
}

/** Starts everything in order; what was started is handed to `onStarted` at once, so that it ends even when a later step fails. */
async function start(options: StackOptions, onStarted: (stop: () => Promise<void>) => void): Promise<void> {
  mkdirSync(logDir(), { recursive: true, mode: 0o711 });
  const demos = chooseDemos(options.sites);
  const secrets = withPasswords(
    loadSecrets(),
    demos.map((demo) => demo.name),
  );
  const [infrastructure, { sites, notes: leftOut }] = await Promise.all([
    startInfrastructure(options).then((ready) => {
      onStarted(() => ready.stop());
      return ready;
    }),
    startDemoSites(demos, secrets.sitePasswords, (site) => {
      onStarted(() => site.stop());
    }),
  ]);
  const gatewayPort = options.port === 0 ? await freePort() : options.port;
  const parts: StackParts = { options, infrastructure, secrets, sites, gatewayPort };
  const processes = await startApps(parts);
  onStarted(() => stopApps(processes));
  const { stack, notes } = await fill(parts, processes);
  writePrivately(screenFile(), screen(stack, [...leftOut, ...infrastructure.notes, ...notes]));
  writeStackFile(stack);
  for (const one of processes) {
    one.whenRestarted(() => {
      writeStackFile({ ...stack, pids: pidsOf(processes) });
    });
  }
  console.log(readFileSync(screenFile(), 'utf8'));
}

async function foreground(options: StackOptions): Promise<void> {
  const stops: (() => Promise<void>)[] = [];
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> =>
    (stopping ??= (async () => {
      for (const one of stops.reverse())
        await one().catch((error: unknown) => {
          console.error(error);
        });
      removeStackFile();
    })());
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => void stop().then(() => process.exit(0)));
  try {
    await start(options, (one) => stops.push(one));
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Starts the same in the background and returns when it is ready. */
async function detached(args: readonly string[]): Promise<void> {
  mkdirSync(logDir(), { recursive: true, mode: 0o711 });
  rmSync(screenFile(), { force: true });
  const logFile = join(logDir(), 'stack.log');
  const log = openSync(logFile, 'w', 0o600);
  const child = spawn(
    process.execPath,
    ['--enable-source-maps', __filename, ...args.filter((one) => one !== '--detach')],
    {
      detached: true,
      stdio: ['ignore', log, log],
    },
  );
  closeSync(log);
  while (readStackFile()?.supervisor !== child.pid) {
    if (child.exitCode !== null) throw new Error(`DCM did not start:\n${readFileSync(logFile, 'utf8')}`);
    await delay(50);
  }
  child.unref();
  console.log(readFileSync(screenFile(), 'utf8'));
}

async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  const running = readStackFile();
  if (running && isAlive(running.supervisor)) {
    console.log(`DCM runs already (pid ${running.supervisor}); npm stop ends it.`);
    if (existsSync(screenFile())) console.log(readFileSync(screenFile(), 'utf8'));
    return;
  }
  await (options.detach ? detached(args) : foreground(options));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
