import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, readStackFile, removeStackFile } from './stack/stack.file';

/** Ends the stack of this clone: the supervisor ends what it started, in order. */
async function main(): Promise<void> {
  const stack = readStackFile();
  if (!stack || !isAlive(stack.supervisor)) {
    removeStackFile();
    console.log('Nothing runs.');
    return;
  }
  process.kill(stack.supervisor, 'SIGTERM');
  const until = performance.now() + 60_000;
  while (isAlive(stack.supervisor)) {
    if (performance.now() > until)
      throw new Error(`Unable to stop: the supervisor (pid ${stack.supervisor}) is still there after 60 s`);
    await delay(50);
  }
  console.log('Stopped.');
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
