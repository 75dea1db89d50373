import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:https';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import {
  platformNameOf,
  siteNameSchema,
  vmIdSchema,
  type CallContext,
  type HypervisorPort,
  type OperationContext,
  type OperationId,
  type VmSpec,
} from '@dcm/contracts';
import { ProxmoxAdapter } from '../apps/provisioner-proxmox/src/proxmox.adapter';
import { siteOptionsSchema } from '../apps/provisioner-proxmox/src/proxmox.config';
import type { ClusterAddress, ClusterWish } from './harness/proxmox.process';
import { report, type Line } from './stack';

const vms = Number(process.env['DCM_BENCH_VMS'] ?? 1_000);
const creates = Number(process.env['DCM_BENCH_CREATES'] ?? 100);
const latencyMs = 50;
const rounds = 9;
const pageSize = 500;
const budgetMs = 120_000;

interface Measured {
  readonly vms: number;
  readonly inventoryMs: number;
  /** The same list read and parsed, and nothing else. */
  readonly bareListMs: number;
  readonly creates: number;
  /** One VM alone: what must happen one after the other. */
  readonly criticalPathMs: number;
  readonly allMs: number;
  readonly ratio: number;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const round = (value: number): number => Math.round(value * 10) / 10;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Does the work before a simulated cluster that has a process of its own. */
async function withCluster<T>(wish: ClusterWish, work: (cluster: ClusterAddress) => Promise<T>): Promise<T> {
  const child = fork(join(__dirname, 'harness', 'proxmox.process.js'));
  try {
    child.send(wish);
    const [address] = (await once(child, 'message')) as [ClusterAddress];
    return await work(address);
  } finally {
    child.disconnect();
  }
}

function open({ url, ca }: ClusterAddress, token: ClusterAddress['token']): HypervisorPort {
  return new ProxmoxAdapter({
    name: siteNameSchema.parse('bench'),
    url: new URL(url),
    credentials: { username: token.id, password: token.secret },
    tls: { kind: 'ca', pem: ca },
    limits: { maxConcurrent: creates, maxReads: 8, callTimeoutMs: 60_000 },
    options: siteOptionsSchema.parse({
      urlNode: 'pve1',
      pool: 'dcm',
      fullClone: false,
      maxSockets: creates,
      maxClonesPerStorage: 64,
    }),
  });
}

const look = (): CallContext => ({ signal: new AbortController().signal, remainingMs: () => budgetMs });

/** Reads every VM as a scan does. */
async function scan(port: HypervisorPort): Promise<number> {
  let rows = 0;
  for await (const page of port.listVms({ pageSize, signal: new AbortController().signal })) rows += page.rows.length;
  return rows;
}

/** GET /cluster/resources and its JSON, by nothing but Node. */
function bareList({ url, ca, adminToken }: ClusterAddress): Promise<unknown> {
  const headers = { authorization: `PVEAPIToken=${adminToken.id}=${adminToken.secret}` };
  return new Promise((resolve, reject) => {
    request(new URL('/api2/json/cluster/resources?type=vm', url), { ca, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')));
      });
    })
      .on('error', reject)
      .end();
  });
}

async function measureInventory(
  cluster: ClusterAddress,
): Promise<Pick<Measured, 'vms' | 'inventoryMs' | 'bareListMs'>> {
  const port = open(cluster, cluster.adminToken);
  try {
    const seen = await scan(port);
    if (seen < vms) throw new Error(`the scan saw ${seen} of ${vms} VMs`);
    const [inventory, bare]: [number[], number[]] = [[], []];
    for (let turn = 0; turn < rounds; turn += 1) {
      inventory.push(await timed(() => scan(port)));
      bare.push(await timed(() => bareList(cluster)));
    }
    return { vms: seen, inventoryMs: round(median(inventory)), bareListMs: round(median(bare)) };
  } finally {
    await port.close();
  }
}

let lastNumber = 0;

async function provision(port: HypervisorPort): Promise<void> {
  const instanceId = vmIdSchema.parse(randomUUID());
  const spec: VmSpec = {
    name: 'bench',
    platformName: platformNameOf('bench', instanceId),
    image: { name: 'debian-12', source: 'debian-12-template' },
    cpus: 2,
    memoryMib: 512,
    disks: [],
    networks: [{ network: 'vmbr0' }],
    poweredOn: true,
    labels: {},
    metadata: {},
    guest: { hostname: null, sshKeys: [], userData: null },
  };
  const ctx: OperationContext = {
    ...look(),
    operationId: randomUUID() as OperationId,
    instanceId,
    instanceNumber: (lastNumber += 1),
    attempt: 1,
    ownership: { installation: 'bench', tenant: 'tenant-a', project: 'project-a', instance: instanceId },
    resume: undefined,
    assertMayMutate: () => undefined,
    progress: () => undefined,
    checkpoint: () => undefined,
  };
  const plan = await port.plan(spec, look());
  await port.provisionVm({ spec, plan }, ctx);
}

async function measureCreates(
  cluster: ClusterAddress,
): Promise<Pick<Measured, 'creates' | 'criticalPathMs' | 'allMs' | 'ratio'>> {
  const port = open(cluster, cluster.token);
  try {
    await provision(port);
    const alone: number[] = [];
    for (let turn = 0; turn < 3; turn += 1) alone.push(await timed(() => provision(port)));
    const allMs = await timed(() => Promise.all(Array.from({ length: creates }, () => provision(port))));
    const criticalPathMs = median(alone);
    return {
      creates,
      criticalPathMs: round(criticalPathMs),
      allMs: round(allMs),
      ratio: Math.round((allMs / criticalPathMs) * 100) / 100,
    };
  } finally {
    await port.close();
  }
}

const wanted = { inventoryMs: 300, ratio: 1.3 };

const linesOf = (figures: Measured): Line[] => [
  {
    figure: `a scan of ${figures.vms} VMs of a Proxmox cluster in the adapter (the bare list: ${figures.bareListMs} ms)`,
    measured: `${figures.inventoryMs} ms`,
    wanted: `≤ ${wanted.inventoryMs} ms`,
    holds: figures.inventoryMs <= wanted.inventoryMs,
  },
  {
    figure: `${figures.creates} VMs at once on a Proxmox cluster with ${latencyMs} ms latency, against one alone (${figures.criticalPathMs} ms)`,
    measured: `${figures.ratio} ×`,
    wanted: `≤ ${wanted.ratio} ×`,
    holds: figures.ratio <= wanted.ratio,
  },
];

/** How long a large cluster's inventory takes, and how much longer many VMs take than one. */
async function main(): Promise<void> {
  const inventory = await withCluster({ options: { strangers: vms }, latencyMs: 0 }, measureInventory);
  // As long as a real cluster takes for each task.
  const made = await withCluster({ options: { strangers: 0, speed: 1 }, latencyMs }, measureCreates);
  const figures = { ...inventory, ...made };
  report('cluster', figures, linesOf(figures));
}

void main();
