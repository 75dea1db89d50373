import assert from 'node:assert/strict';
import {
  platformNameOf,
  vmIdSchema,
  type CallContext,
  type DeleteOutcome,
  type Feature,
  type HypervisorPort,
  type Ownership,
  type PlatformDescription,
  type PowerAction,
  type ProvisionedVm,
  type VmRef,
  type VmSpec,
  type VmStatus,
  type VmTarget,
} from '@dcm/contracts';
import { randomUUID } from 'node:crypto';
import { eventually } from './expectations';
import type { ConformanceTarget, FaultName, NativeVm, TargetFaults } from './target';
import { TrialContext, type TrialContextOptions, type TrialInstance } from './trial-context';

/** A VM that exists, made through the adapter. */
export interface TrialVm {
  readonly instance: TrialInstance;
  readonly status: VmStatus;
  readonly ref: VmRef;
}

let lastNumber = 0;

/** What one behaviour works with: the target, a first worker, and builders with defaults. It is closed after the behaviour. */
export class Trial {
  private readonly ports: HypervisorPort[] = [];

  private constructor(
    readonly target: ConformanceTarget,
    /** The first worker. */
    readonly port: HypervisorPort,
    readonly description: PlatformDescription,
    private readonly before: ReadonlySet<string>,
  ) {
    this.ports.push(port);
  }

  static async open(target: ConformanceTarget): Promise<Trial> {
    const port = await target.openPort();
    const description = await port.describe(readContext());
    const before = (await target.admin.listVms()).map((vm) => vm.nativeId);
    return new Trial(target, port, description, new Set(before));
  }

  /** Another worker: a fresh adapter with a session of its own. */
  async openPort(): Promise<HypervisorPort> {
    const port = await this.target.openPort();
    this.ports.push(port);
    return port;
  }

  /** Closes a port with the others when the behaviour ends. */
  closeLater(port: HypervisorPort): void {
    this.ports.push(port);
  }

  /** A VM to ask for, with ids of its own. */
  instance(overrides: Partial<VmSpec> = {}, ownership: Partial<Ownership> = {}): TrialInstance {
    const instanceId = vmIdSchema.parse(randomUUID());
    const spec = this.target.aVm(overrides);
    const name = overrides.name ?? 'trial';
    return {
      instanceId,
      instanceNumber: this.target.nextInstanceNumber?.() ?? (lastNumber += 1),
      ownership: {
        installation: 'conformance',
        tenant: 'tenant-a',
        project: 'project-a',
        instance: instanceId,
        ...ownership,
      },
      spec: { ...spec, name, platformName: overrides.platformName ?? platformNameOf(name, instanceId) },
    };
  }

  context(instance: TrialInstance, options: TrialContextOptions = {}): TrialContext {
    return new TrialContext(instance, options);
  }

  /** A context for calls that only look. */
  readonly look = (timeoutMs = 30_000): CallContext => readContext(timeoutMs);

  /** Plans and provisions, as the core does. Fails when the plan refuses the spec. */
  async provision(
    instance: TrialInstance,
    context = this.context(instance),
    port: HypervisorPort = this.port,
  ): Promise<ProvisionedVm> {
    const plan = await port.plan(instance.spec, this.look());
    const refused = plan.diagnostics.filter((one) => one.severity === 'error');
    assert.deepEqual(refused, [], 'the plan refuses a spec that the target declares to be valid');
    return port.provisionVm({ spec: instance.spec, plan }, context);
  }

  /** A VM that exists. */
  async vm(overrides: Partial<VmSpec> = {}, ownership: Partial<Ownership> = {}): Promise<TrialVm> {
    const instance = this.instance(overrides, ownership);
    const { status } = await this.provision(instance);
    return { instance, status, ref: refOf(instance, status) };
  }

  /** A VM that exists and is in the wanted power state, forced by the administrator. */
  async vmThatIs(power: 'on' | 'off' | 'suspended'): Promise<TrialVm> {
    const vm = await this.vm({ poweredOn: power === 'on' });
    if (power === 'suspended') await this.target.admin.setPower(vm.status.nativeId, 'on');
    if (power !== 'on') await this.target.admin.setPower(vm.status.nativeId, power);
    return vm;
  }

  /** Lets the guest's tools run, and waits until the platform shows it. */
  async tools(vm: TrialVm): Promise<void> {
    await this.fault('guest')(vm.status.nativeId, { tools: 'running', addresses: [] });
    const running = async (): Promise<boolean> => (await this.status(vm)).guestTools === 'running';
    await eventually(running, 'the guest’s tools are shown as running');
  }

  /** Whether the adapter declares a feature, perhaps under a condition. */
  supports(feature: Feature): boolean {
    return this.description.capabilities.some((one) => one.feature === feature && one.support !== 'UNSUPPORTED');
  }

  /** The power states that this platform knows. */
  get powerStates(): readonly ('on' | 'off' | 'suspended')[] {
    return this.supports('power-suspend') ? ['on', 'off', 'suspended'] : ['on', 'off'];
  }

  power(vm: TrialVm, action: PowerAction, context = this.context(vm.instance)): Promise<VmStatus> {
    return this.port.powerCycle(vm.ref, action, context);
  }

  resize(vm: TrialVm, target: VmTarget, context = this.context(vm.instance)): Promise<VmStatus> {
    return this.port.reconfigureVm(vm.ref, target, context);
  }

  remove(vm: TrialVm, context = this.context(vm.instance), port = this.port): Promise<DeleteOutcome> {
    return port.deleteVm({ ownership: vm.instance.ownership, nativeIds: [vm.status.nativeId] }, context);
  }

  status(vm: TrialVm): Promise<VmStatus> {
    return this.port.getVmStatus(vm.ref, this.look());
  }

  /** What stands on the platform beyond what stood there before the behaviour. */
  async newVms(): Promise<readonly NativeVm[]> {
    return (await this.target.admin.listVms()).filter((vm) => !this.before.has(vm.nativeId));
  }

  /** The VM as the platform itself shows it. */
  async native(nativeId: string): Promise<NativeVm | undefined> {
    return (await this.target.admin.listVms()).find((vm) => vm.nativeId === nativeId);
  }

  /** @throws AssertionError for a fault that the behaviour did not declare in `faults`. */
  fault<N extends FaultName>(name: N): TargetFaults[N] {
    const fault = this.target.faults[name];
    assert.ok(fault, `the behaviour uses ${name} without declaring it`);
    return fault.bind(this.target.faults) as TargetFaults[N];
  }

  /** Removes what the behaviour left and closes its workers. */
  async close(): Promise<void> {
    await Promise.all(this.ports.map((port) => port.close()));
    for (const vm of await this.newVms()) await this.target.admin.deleteVm(vm.nativeId);
  }
}

/** A context for calls that only look: it has a deadline, and nobody aborts it. */
export function readContext(timeoutMs = 30_000): CallContext {
  const endsAt = performance.now() + timeoutMs;
  return {
    signal: new AbortController().signal,
    remainingMs: () => Math.max(0, endsAt - performance.now()),
  };
}

export const refOf = (instance: TrialInstance, status: VmStatus): VmRef => ({
  nativeId: status.nativeId,
  ownership: instance.ownership,
});
