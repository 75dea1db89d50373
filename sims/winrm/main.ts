import { writeFileSync } from 'node:fs';
import { programOptions } from './program.options';
import { startWinrm } from './winrm';

/** The simulator as a program: prints `HTTP <url>` and `READY <https url> pid=<n>` when it listens. */
async function main(): Promise<void> {
  const { caOut, dieWithParent, ...options } = programOptions(process.argv.slice(2), process.env);
  const winrm = await startWinrm(options);
  if (caOut !== undefined) writeFileSync(caOut, winrm.ca);
  process.stdout.write(`HTTP ${winrm.http}\nREADY ${winrm.https} pid=${process.pid}\n`);
  const end = (): void => {
    void winrm.stop().finally(() => process.exit(0));
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  if (dieWithParent) process.stdin.resume().on('end', end);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
