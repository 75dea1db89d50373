import { readFileSync } from 'node:fs';
import { createLog, onShutdown } from '@dcm/runtime';
import { entryOf } from './stack/paths';

type Environment = Readonly<Record<string, string>>;
type Start = (env: Environment) => Promise<{ close(): Promise<void> }>;

const isStartable = (module: unknown): module is { start: Start } =>
  typeof module === 'object' && module !== null && typeof (module as { start?: unknown }).start === 'function';

/** Apps are loaded by their place, as the stack starts them: this file knows no app. */
function load(app: string): Start {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the apps' places are data
  const module: unknown = require(entryOf('apps', app));
  if (!isStartable(module)) throw new Error(`Unable to start ${app}: its main exports no start`);
  return module.start;
}

/** Runs every app in this process on the in-process broker. The argument names a file with one environment per app, in starting order. */
async function main(file: string): Promise<void> {
  const log = createLog('all-in-one');
  const environments = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Environment>;
  const running: { close(): Promise<void> }[] = [];
  for (const [app, env] of Object.entries(environments)) running.push(await load(app)(env));
  log.info({ apps: Object.keys(environments) }, 'all apps run in one process');
  onShutdown(log, async () => {
    for (const app of running.reverse()) await app.close();
  });
}

main(process.argv[2] ?? '').catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
