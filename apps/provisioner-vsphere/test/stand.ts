import { randomUUID } from 'node:crypto';
import { platformNameOf, vmIdSchema, type ProvisionedVm, type VmRef, type VmSpec } from '@dcm/contracts';
import { readContext, TrialContext, type TrialContextOptions, type TrialInstance } from '@dcm/provisioner-kit/testing';
import { startVcsim, type Vcsim, type VcsimOptions } from '../../../sims/vcsim/vcsim';
import { VsphereAdapter } from '../src/vsphere.adapter';
import { Administrator } from './administrator';
import { FaultProxy } from './fault.proxy';
import { aSite, type SiteChanges } from './a.site';
import { aVm } from './vsphere.target';

/** A simulated vCenter with a proxy and an administrator, and the adapters that a test opens before it. */
export class Stand {
  private readonly adapters: VsphereAdapter[] = [];

  private constructor(
    readonly vcsim: Vcsim,
    readonly proxy: FaultProxy,
    readonly admin: Administrator,
  ) {}

  static async start(options: VcsimOptions = {}): Promise<Stand> {
    const vcsim = await startVcsim({ guestDelayMs: 100, vms: 0, ...options });
    return new Stand(vcsim, await FaultProxy.listen(vcsim), new Administrator(vcsim));
  }

  /** A fresh adapter behind the proxy. */
  open(changes: SiteChanges = {}): VsphereAdapter {
    const adapter = new VsphereAdapter(aSite(this.vcsim, { url: this.proxy.url, ...changes }));
    this.adapters.push(adapter);
    return adapter;
  }

  /** A VM to ask for. */
  instance(overrides: Partial<VmSpec> = {}): TrialInstance {
    const instanceId = vmIdSchema.parse(randomUUID());
    const name = overrides.name ?? 'web';
    return {
      instanceId,
      instanceNumber: 1,
      ownership: { installation: 'spec', tenant: 'tenant-a', project: 'project-a', instance: instanceId },
      spec: aVm({ platformName: platformNameOf(name, instanceId), ...overrides, name }),
    };
  }

  context(instance: TrialInstance, options: TrialContextOptions = {}): TrialContext {
    return new TrialContext(instance, options);
  }

  readonly look = readContext;

  /** Plans and provisions. */
  async provision(
    adapter: VsphereAdapter,
    instance: TrialInstance,
    context = this.context(instance),
  ): Promise<ProvisionedVm> {
    const plan = await adapter.plan(instance.spec, readContext());
    expect(plan.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    return adapter.provisionVm({ spec: instance.spec, plan }, context);
  }

  /** A VM that stands. */
  async vm(
    adapter: VsphereAdapter,
    overrides: Partial<VmSpec> = {},
  ): Promise<{ instance: TrialInstance; made: ProvisionedVm; ref: VmRef }> {
    const instance = this.instance(overrides);
    const made = await this.provision(adapter, instance);
    return { instance, made, ref: { nativeId: made.status.nativeId, ownership: instance.ownership } };
  }

  /** Native ids of the VMs whose name ends like the instance's. */
  async namesakes({ instanceId }: TrialInstance): Promise<string[]> {
    const ending = platformNameOf('', instanceId);
    return (await this.admin.listVms()).filter(({ name }) => name.endsWith(ending)).map(({ nativeId }) => nativeId);
  }

  /** Closes adapters and removes all VMs. */
  async clear(): Promise<void> {
    for (const adapter of this.adapters.splice(0)) await adapter.close();
    for (const { nativeId } of await this.admin.listVms()) await this.admin.deleteVm(nativeId);
  }

  async stop(): Promise<void> {
    await this.admin.close();
    await this.proxy.close();
    await this.vcsim.stop();
  }
}

/** Building the simulator may be part of a suite's start. */
export const START_TIMEOUT_MS = 180_000;
