import { platformNameOf, vmIdSchema, type HypervisorPort, type ProvisionedVm, type VmSpec } from '@dcm/contracts';
import { readContext, TrialContext, type TrialContextOptions, type TrialInstance } from '@dcm/provisioner-kit/testing';
import { randomUUID } from 'node:crypto';
import type { PowerShellOptions, VmmOptions } from '../../../sims/winrm/options';
import type { SiteChanges } from './a.site';
import { aVm } from './hyperv.target';
import { Simulator } from './simulator';

/** A simulated server with the workers and VMs of a test. */
export class Stand {
  private readonly ports: HypervisorPort[] = [];
  private lastNumber = 0;

  private constructor(readonly simulator: Simulator) {}

  static async start(options: VmmOptions & PowerShellOptions = {}): Promise<Stand> {
    return new Stand(await Simulator.start(options));
  }

  /** Another worker. */
  open(changes: SiteChanges = {}): HypervisorPort {
    const port = this.simulator.open(changes);
    this.ports.push(port);
    return port;
  }

  /** A VM to ask for. */
  instance(overrides: Partial<VmSpec> = {}): TrialInstance {
    const instanceId = vmIdSchema.parse(randomUUID());
    this.lastNumber += 1;
    const ownership = { installation: 'lab', tenant: 'tenant-a', project: 'project-a', instance: instanceId };
    const platformName = platformNameOf('web', instanceId);
    return {
      instanceId,
      instanceNumber: this.lastNumber,
      ownership,
      spec: aVm({ name: 'web', platformName, ...overrides }),
    };
  }

  context(instance: TrialInstance, options: TrialContextOptions = {}): TrialContext {
    return new TrialContext(instance, options);
  }

  /** Plans and provisions, as the core does. */
  async provision(
    port: HypervisorPort,
    instance: TrialInstance,
    context = this.context(instance),
  ): Promise<ProvisionedVm> {
    const plan = await port.plan(instance.spec, readContext());
    expect(plan.diagnostics).toEqual([]);
    return port.provisionVm({ spec: instance.spec, plan }, context);
  }

  /** Ids of the VMs that bear an instance's name. */
  namesakes({ spec }: TrialInstance): string[] {
    return this.simulator.console.vms.filter(({ Name }) => Name === spec.platformName).map(({ ID }) => ID);
  }

  /** Ends the workers of a test. */
  async clear(): Promise<void> {
    await Promise.all(this.ports.splice(0).map((port) => port.close()));
  }

  async stop(): Promise<void> {
    await this.clear();
    await this.simulator.close();
  }
}
