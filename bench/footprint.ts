import { readFileSync } from 'node:fs';
import { report, withStack, type BenchStack } from './stack';

/** Resident memory of a process in MB. @see proc(5) */
const rssMb = (pid: number): number => {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Math.round(Number(line?.[1] ?? 0) / 1024);
};

const settledMs = 10_000;

async function measure(stack: BenchStack): Promise<unknown> {
  await new Promise((resolve) => setTimeout(resolve, settledMs));
  const memory = Object.entries(stack.pids).map(([name, pids]) => [name, pids.map(rssMb)] as const);
  return { startedInMs: stack.startedInMs, rssMb: Object.fromEntries(memory) };
}

async function main(): Promise<void> {
  const withBroker = await withStack([], {}, measure);
  const inProcess = await withStack(['--in-process'], {}, measure);
  report('footprint', { withBroker, inProcess });
}

void main();
