import { randomUUID } from 'node:crypto';
import {
  HypervisorError,
  platformNameOf,
  vmIdSchema,
  type ProvisionedVm,
  type VmRef,
  type VmSpec,
  type VmStatus,
} from '@dcm/contracts';
import { readContext, TrialContext, type TrialContextOptions, type TrialInstance } from '@dcm/provisioner-kit/testing';
import { startProxmox, type Proxmox, type ProxmoxOptions } from '../../../sims/proxmox/proxmox';
import { ProxmoxAdapter } from '../src/proxmox.adapter';
import { aSite, VMID_BASE, type SiteChanges } from './a.site';
import { Administrator } from './administrator';
import { FaultProxy } from './fault.proxy';
import { aVm, QUIET_GUESTS } from './proxmox.target';

const PAUSE_MS = 50;
const MAX_ATTEMPTS = 60;

/** A simulated cluster with a proxy and an administrator, and the adapters that a test opens before it. */
export class Stand {
  private readonly adapters: ProxmoxAdapter[] = [];
  private lastNumber = 0;

  private constructor(
    readonly proxmox: Proxmox,
    readonly proxy: FaultProxy,
    readonly admin: Administrator,
  ) {}

  static async start(options: ProxmoxOptions = {}): Promise<Stand> {
    const proxmox = await startProxmox({ strangers: 0, ...QUIET_GUESTS, ...options });
    return new Stand(proxmox, await FaultProxy.listen(proxmox), new Administrator(proxmox));
  }

  /** A fresh adapter behind the proxy. */
  open(changes: SiteChanges = {}): ProxmoxAdapter {
    const adapter = new ProxmoxAdapter(aSite(this.proxmox, { url: this.proxy.url, ...changes }));
    this.adapters.push(adapter);
    return adapter;
  }

  /** An adapter that knows every node's own address, without the proxy. */
  openWide(changes: SiteChanges = {}): ProxmoxAdapter {
    const endpoints = this.proxmox.nodes.slice(1).map(({ name, url }) => ({ url, node: name }));
    const url = new URL(this.proxmox.url);
    return this.open({ url, ...changes, options: { endpoints, ...changes.options } });
  }

  /** A VM to ask for. */
  instance(overrides: Partial<VmSpec> = {}): TrialInstance {
    const instanceId = vmIdSchema.parse(randomUUID());
    const name = overrides.name ?? 'web';
    return {
      instanceId,
      instanceNumber: (this.lastNumber += 1),
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
    adapter: ProxmoxAdapter,
    instance: TrialInstance,
    context = this.context(instance),
  ): Promise<ProvisionedVm> {
    const plan = await adapter.plan(instance.spec, readContext());
    expect(plan.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    return adapter.provisionVm({ spec: instance.spec, plan }, context);
  }

  /** As the core does: attempt after attempt, while the cluster asks for patience. */
  async provisionInTheEnd(adapter: ProxmoxAdapter, instance: TrialInstance, firstAttempt = 2): Promise<VmStatus> {
    for (let attempt = firstAttempt; ; attempt += 1) {
      try {
        return (await this.provision(adapter, instance, this.context(instance, { attempt }))).status;
      } catch (error) {
        if (!(error instanceof HypervisorError) || !error.retryable || attempt > MAX_ATTEMPTS) throw error;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }

  /** A VM that stands. */
  async vm(
    adapter: ProxmoxAdapter,
    overrides: Partial<VmSpec> = {},
  ): Promise<{ instance: TrialInstance; made: ProvisionedVm; ref: VmRef }> {
    const instance = this.instance(overrides);
    const made = await this.provision(adapter, instance);
    return { instance, made, ref: { nativeId: made.status.nativeId, ownership: instance.ownership } };
  }

  /** The VMID of an instance. */
  vmidOf = ({ instanceNumber }: TrialInstance): number => VMID_BASE + instanceNumber;

  /** Native ids of the VMs whose description names the instance. */
  async namesakes({ instanceId }: TrialInstance): Promise<string[]> {
    const ids: string[] = [];
    for (const { nativeId } of await this.admin.listVms()) {
      const { description } = await this.admin.config(nativeId);
      if (typeof description === 'string' && description.includes(instanceId)) ids.push(nativeId);
    }
    return ids;
  }

  /** Closes adapters and removes all VMs. */
  async clear(): Promise<void> {
    for (const adapter of this.adapters.splice(0)) await adapter.close();
    for (const { nativeId } of await this.admin.listVms()) await this.admin.deleteVm(nativeId);
  }

  async stop(): Promise<void> {
    await this.proxy.close();
    await this.proxmox.stop();
  }
}
