import {
  measureDrain,
  measureRecovery,
  startForRecovery,
  type DrainResult,
  type Recovery,
} from '../e2e/failures/recovery';
import { noteVersions, report, type Line } from './stack';

const seconds = (ms: number): string => (ms / 1000).toFixed(1);

const lineOf = ({ what, tookMs, limitMs }: Recovery): Line => ({
  figure: `kill -9 of ${what} → ${what.startsWith('provisioner') ? 'a create' : 'creates on three platforms'} asked for at once: succeeded`,
  measured: `${seconds(tookMs)} s`,
  wanted: `≤ ${limitMs / 1000} s`,
  holds: tookMs <= limitMs,
});

const drainLine = ({ tookMs, limitMs, answered, failed }: DrainResult): Line => ({
  figure: 'SIGTERM to the gateway under 8 busy callers → gone',
  measured: `${seconds(tookMs)} s; ${answered} answered, ${failed} failed`,
  wanted: `≤ ${limitMs / 1000} s, 0 failed`,
  holds: tookMs <= limitMs && failed === 0,
});

async function main(): Promise<void> {
  const stack = await startForRecovery();
  try {
    await noteVersions(stack.file);
    const times = await measureRecovery(stack);
    const drain = await measureDrain(stack);
    report('recovery', { times, drain }, [...times.map(lineOf), drainLine(drain)]);
  } finally {
    await stack.stop(false);
  }
}

void main();
