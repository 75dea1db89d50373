import { performance } from 'node:perf_hooks';
import { WorkerPool, type RunOptions } from '../apps/provisioner-hyperv/src/powershell/worker.pool';
import type { Batch } from '../apps/provisioner-hyperv/src/powershell/batch';
import { connect, ntlm, type Endpoint } from '../apps/provisioner-hyperv/src/wsman';
import { PowerShell } from '../sims/winrm/engine/powershell';
import { startFront, type Front } from '../sims/winrm/front/front';
import { Vmm } from '../sims/winrm/model/vmm';
import { report, type Line } from './stack';

const account = { username: 'CONTOSO\\svc-dcm', password: 'Str0ng-password' };
/** What a start of Windows PowerShell and the import of VMM's module are assumed to cost: no Windows was at hand to measure. */
const assumed = { startMs: 600, importMs: 3_000 };
const calls = Number(process.env['DCM_BENCH_CALLS'] ?? 300);
const few = 5;
const timeoutMs = 60_000;

const opening: Batch = {
  steps: [{ as: 'server', cmd: 'Get-SCVMMServer', args: { ComputerName: 'localhost' }, expect: 'one' }],
  return: {},
};
const look: Batch = {
  steps: [{ as: 'vms', cmd: 'Get-SCVirtualMachine', args: { All: true } }],
  return: { vms: { id: 'ID', name: 'Name', status: 'Status' } },
};

const endpointOf = ({ https }: Front): Endpoint =>
  connect({
    url: https?.url ?? '',
    trust: { ca: https?.ca ?? '' },
    authenticator: ntlm(account),
    clientName: 'bench',
  });

const poolOf = (endpoint: Endpoint): WorkerPool =>
  new WorkerPool({
    endpoint,
    startTimeoutMs: timeoutMs,
    maxAgeMs: 3_600_000,
    maxRequests: 100_000,
    workers: 1,
    onNoise: () => undefined,
    opening,
    lostConnectionCode: 1615,
  });

const options = (): RunOptions => ({ signal: AbortSignal.timeout(timeoutMs), timeoutMs });
const round = (value: number): number => Math.round(value * 100) / 100;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** What a call takes beyond the time that the process itself says it took, by rank. */
async function warmCalls(
  pool: WorkerPool,
): Promise<{ readonly p50Ms: number; readonly p95Ms: number; readonly maxMs: number }> {
  const over: number[] = [];
  await pool.run(look, options());
  for (let call = 0; call < calls; call += 1) {
    let tookMs = 0;
    const elapsedMs = await timed(async () => {
      ({ tookMs } = await pool.run(look, options()));
    });
    over.push(elapsedMs - tookMs);
  }
  over.sort((one, other) => one - other);
  const at = (share: number): number => round(over[Math.min(over.length - 1, Math.floor(over.length * share))] ?? 0);
  return { p50Ms: at(0.5), p95Ms: at(0.95), maxMs: at(1) };
}

/** Five calls, in one process or in one each; starting and ending count. */
async function fewCalls(endpoint: Endpoint, isWarm: boolean): Promise<number> {
  let pool = poolOf(endpoint);
  return timed(async () => {
    for (let call = 0; call < few; call += 1) {
      await pool.run(look, options());
      if (isWarm) continue;
      await pool.close();
      pool = poolOf(endpoint);
    }
    await pool.close();
  });
}

interface Figures {
  readonly vms: number;
  readonly calls: number;
  readonly overServerMs: Awaited<ReturnType<typeof warmCalls>>;
  readonly fiveWarmMs: number;
  readonly fiveColdMs: number;
  readonly ratio: number;
  readonly assumed: typeof assumed;
}

async function measure(): Promise<Figures> {
  const vmm = new Vmm({ vms: 20 });
  const powershell = new PowerShell(vmm, assumed);
  const accounts = [{ name: account.username, password: account.password }];
  const front = await startFront({ program: powershell, accounts, httpPort: null });
  const endpoint = endpointOf(front);
  try {
    const pool = poolOf(endpoint);
    const overServerMs = await warmCalls(pool);
    await pool.close();
    const fiveWarmMs = round(await fewCalls(endpoint, true));
    const fiveColdMs = round(await fewCalls(endpoint, false));
    const ratio = round(fiveWarmMs / fiveColdMs);
    return { vms: 20, calls, overServerMs, fiveWarmMs, fiveColdMs, ratio, assumed };
  } finally {
    endpoint.close();
    await front.close();
    powershell.killAll();
    vmm.stop();
  }
}

const wanted = { overMs: 20, ratio: 0.33 };

const linesOf = ({ overServerMs, fiveWarmMs, fiveColdMs, ratio }: Figures): Line[] => [
  {
    figure: `a call of a warm PowerShell over NTLM and TLS, beyond the server's own time (p95 of ${calls})`,
    measured: `${overServerMs.p95Ms} ms`,
    wanted: `≤ ${wanted.overMs} ms`,
    holds: overServerMs.p95Ms <= wanted.overMs,
  },
  {
    figure: `five calls of one warm PowerShell (${fiveWarmMs} ms) against five cold ones (${fiveColdMs} ms); a start is assumed to cost 3.6 s`,
    measured: `${ratio}`,
    wanted: `≤ ${wanted.ratio}`,
    holds: ratio <= wanted.ratio,
  },
];

/** What the way to a VMM server costs: a warm call, and what warm processes spare. */
async function main(): Promise<void> {
  const figures = await measure();
  report('hyperv', figures, linesOf(figures));
}

void main();
