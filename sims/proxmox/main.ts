import { writeFileSync } from 'node:fs';
import { programOptions } from './program.options';
import { startProxmox } from './proxmox';

/** The simulator as a program: prints `READY <url> pid=<n>` when every node listens. */
async function main(): Promise<void> {
  const { caOut, dieWithParent, ...options } = programOptions(process.argv.slice(2), process.env);
  const proxmox = await startProxmox(options);
  if (caOut !== undefined) writeFileSync(caOut, proxmox.ca);
  for (const node of proxmox.nodes) process.stdout.write(`NODE ${node.name} ${node.url} ${node.fingerprint}\n`);
  process.stdout.write(`READY ${proxmox.url} pid=${process.pid}\n`);
  const end = (): void => {
    void proxmox.stop().finally(() => process.exit(0));
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  if (dieWithParent) process.stdin.resume().on('end', end);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
