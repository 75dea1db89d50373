import { randomUUID } from 'node:crypto';
import type { OperationContext, Ownership, SiteName, VmId, VmSpec } from '@dcm/contracts';
import { VsphereAdapter } from '../../apps/provisioner-vsphere/src/vsphere.adapter';
import { siteOptionsSchema } from '../../apps/provisioner-vsphere/src/vsphere.config';

/** Where the site is, as the stack's file says it. */
export interface RawSite {
  readonly name: string;
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly ca: string | null;
}

export interface RawOrder {
  readonly site: RawSite;
  readonly image: string;
  readonly count: number;
  readonly concurrency: number;
}

const budgetMs = 600_000;

const specOf = (image: string, n: number): VmSpec => ({
  name: `raw-${n}`,
  platformName: `raw-${randomUUID()}`,
  image: { name: 'debian-12', source: image },
  cpus: 1,
  memoryMib: 1024,
  disks: [],
  networks: [],
  poweredOn: true,
  labels: {},
  metadata: {},
  guest: { hostname: null, sshKeys: [], userData: null },
});

/** A context that allows everything: nobody is asked, nothing is told. */
function contextOf(instanceNumber: number): OperationContext {
  const instance = randomUUID();
  const ownership: Ownership = { installation: 'bench', tenant: 'bench', project: 'bench', instance };
  const ids = { operationId: randomUUID(), instanceId: instance as VmId } as Pick<
    OperationContext,
    'operationId' | 'instanceId'
  >;
  return {
    ...ids,
    instanceNumber,
    attempt: 1,
    ownership,
    resume: undefined,
    signal: new AbortController().signal,
    remainingMs: () => budgetMs,
    assertMayMutate: () => undefined,
    progress: () => undefined,
    checkpoint: () => undefined,
  };
}

let adapter: VsphereAdapter | undefined;
let made = 0;

const open = ({ name, url, username, password, ca }: RawSite, maxClonesPerHost: number): VsphereAdapter =>
  new VsphereAdapter({
    name: name as SiteName,
    url: new URL(url),
    credentials: { username, password },
    tls: ca === null ? { kind: 'system' } : { kind: 'ca', pem: ca },
    limits: { maxConcurrent: 8, maxReads: 8, callTimeoutMs: 60_000 },
    options: siteOptionsSchema.parse({ maxClonesPerHost }),
  });

/** Plans and makes VMs with nothing but the adapter, as many at a time as the site allows. @returns the seconds that it took. */
async function run({ site, image, count, concurrency }: RawOrder): Promise<number> {
  const port = (adapter ??= open(site, concurrency));
  let left = count;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (left-- > 0) {
        const ctx = contextOf((made += 1));
        const spec = specOf(image, made);
        const plan = await port.plan(spec, ctx);
        await port.provisionVm({ spec, plan }, ctx);
      }
    }),
  );
  return (performance.now() - startedAt) / 1000;
}

process.on('message', (order: RawOrder) => {
  run(order).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
