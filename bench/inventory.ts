import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { siteNameSchema, type HypervisorPort } from '@dcm/contracts';
import { VsphereAdapter } from '../apps/provisioner-vsphere/src/vsphere.adapter';
import { siteOptionsSchema } from '../apps/provisioner-vsphere/src/vsphere.config';
import { startVcsim, type Vcsim } from '../sims/vcsim/vcsim';
import { report, type Line } from './stack';

const vms = Number(process.env['DCM_BENCH_VMS'] ?? 5_000);
const pageSize = 500;
const tickMs = 2;
const idleMs = 3_000;
const budgetMs = 300_000;
const NS_PER_MS = 1e6;
const BYTES_PER_MB = 2 ** 20;

/** Both kinds of reading together, and each. */
interface Measured extends Figures {
  readonly vms: number;
  readonly idle: Figures;
  readonly listVms: Figures;
  readonly listResources: Figures;
}

interface Figures {
  /** Longest time in which the process did nothing else, by the wall clock: neighbours on the machine lengthen it. */
  readonly worstGapMs: number;
  readonly p99GapMs: number;
  /** The same in processor time between two turns of a timer: what the process itself is to blame for. */
  readonly worstBusyMs: number;
  readonly extraRssMb: number;
  readonly seconds: number;
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** Watches the event loop and the memory while the work is done. */
async function watch(work: () => Promise<void>): Promise<Figures> {
  const before = process.memoryUsage.rss();
  let peak = before;
  let worstBusy = 0;
  let last = process.cpuUsage();
  const ticker = setInterval(() => {
    const used = process.cpuUsage(last);
    last = process.cpuUsage();
    worstBusy = Math.max(worstBusy, (used.user + used.system) / 1_000);
    peak = Math.max(peak, process.memoryUsage.rss());
  }, tickMs);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const startedAt = performance.now();
  await work();
  const seconds = (performance.now() - startedAt) / 1_000;
  delay.disable();
  clearInterval(ticker);
  return {
    worstGapMs: round(delay.max / NS_PER_MS),
    p99GapMs: round(delay.percentile(99) / NS_PER_MS),
    worstBusyMs: round(worstBusy),
    extraRssMb: round((peak - before) / BYTES_PER_MB),
    seconds: Math.round(seconds * 100) / 100,
  };
}

function open({ url, username, password, ca }: Vcsim): HypervisorPort {
  return new VsphereAdapter({
    name: siteNameSchema.parse('bench'),
    url: new URL(url),
    credentials: { username, password },
    tls: { kind: 'ca', pem: ca ?? '' },
    limits: { maxConcurrent: 8, maxReads: 8, callTimeoutMs: 60_000 },
    options: siteOptionsSchema.parse({}),
  });
}

/** Reads every VM as a scan does. */
async function scan(port: HypervisorPort): Promise<number> {
  let rows = 0;
  for await (const page of port.listVms({ pageSize, signal: new AbortController().signal })) rows += page.rows.length;
  return rows;
}

async function measure(vcsim: Vcsim): Promise<Measured> {
  const port = open(vcsim);
  const context = { signal: new AbortController().signal, remainingMs: () => budgetMs };
  try {
    await port.describe(context);
    await port.checkHealth(context);
    const idle = await watch(() => pause(idleMs));
    let seen = 0;
    const listVms = await watch(async () => {
      seen = await scan(port);
    });
    if (seen < vms) throw new Error(`the scan saw ${seen} of ${vms} VMs`);
    const listResources = await watch(async () => {
      await port.listResources(context);
    });
    const both = [listVms, listResources];
    const worst = (figure: keyof Figures): number => Math.max(...both.map((one) => one[figure]));
    return {
      vms: seen,
      worstGapMs: worst('worstGapMs'),
      p99GapMs: worst('p99GapMs'),
      worstBusyMs: worst('worstBusyMs'),
      extraRssMb: worst('extraRssMb'),
      seconds: round(listVms.seconds + listResources.seconds),
      idle,
      listVms,
      listResources,
    };
  } finally {
    await port.close();
  }
}

const wanted = { gapMs: 50, rssMb: 100 };

const linesOf = ({ vms: seen, worstGapMs, extraRssMb, seconds }: Measured): Line[] => [
  {
    figure: `longest stop of the event loop while ${seen} VMs and all resources are read (${seconds} s)`,
    measured: `${worstGapMs} ms`,
    wanted: `≤ ${wanted.gapMs} ms`,
    holds: worstGapMs <= wanted.gapMs,
  },
  {
    figure: `more memory while ${seen} VMs and all resources are read`,
    measured: `${extraRssMb} MB`,
    wanted: `≤ ${wanted.rssMb} MB`,
    holds: extraRssMb <= wanted.rssMb,
  },
];

/** How long reading a large inventory keeps the process from everything else, and what memory it takes. */
async function main(): Promise<void> {
  const vcsim = await startVcsim({ vms, clusters: 1, standaloneHosts: 0, hosts: 50, tools: 'absent' });
  try {
    const figures = await measure(vcsim);
    report('inventory', figures, linesOf(figures));
  } finally {
    await vcsim.stop();
  }
}

void main();
