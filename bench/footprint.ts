import { setTimeout as sleep } from 'node:timers/promises';
import { rssMb } from './harness/cpu';
import { report, withStack, type BenchStack, type Line } from './stack';

const settledMs = 10_000;

interface Footprint {
  readonly startedInMs: number;
  readonly rssMb: Record<string, number[]>;
}

async function measure(stack: BenchStack): Promise<Footprint> {
  await sleep(settledMs);
  const memory = Object.entries(stack.pids).map(([name, pids]) => [name, pids.map(rssMb)] as const);
  return { startedInMs: stack.startedInMs, rssMb: Object.fromEntries(memory) };
}

const lineOf = (how: string, { startedInMs, rssMb: memory }: Footprint): Line => ({
  figure: `start and memory, ${how}`,
  measured: `ready in ${(startedInMs / 1000).toFixed(1)} s; ${Object.entries(memory)
    .map(([name, all]) => `${name} ${all.join(' + ')} MB`)
    .join(', ')}`,
  wanted: null,
  holds: null,
});

async function main(): Promise<void> {
  const withBroker = await withStack([], {}, measure);
  const inProcess = await withStack(['--in-process'], {}, measure);
  const lines = [lineOf('one process per app', withBroker), lineOf('all in one process', inProcess)];
  report('footprint', { withBroker, inProcess }, lines);
}

void main();
