import type {
  DeleteOutcome,
  HypervisorPort,
  OperationContext,
  Ownership,
  Plan,
  PlatformDescription,
  ProvisionedVm,
  ResolvedVm,
  ResourcePool,
  SiteHealth,
  VmPage,
  VmRef,
  VmSpec,
  VmStatus,
} from '@dcm/contracts';

/** The platform of the bench: it is no hypervisor, so that what is measured is DCM alone. */
export const instantPlatform = 'bench';

/** Answers everything at once, from memory. */
export class InstantAdapter implements HypervisorPort {
  private readonly vms = new Map<string, VmStatus>();

  describe(): Promise<PlatformDescription> {
    const identity = { platform: instantPlatform, product: 'none', version: '1', serverId: 'bench' };
    return Promise.resolve({
      ...identity,
      capabilities: [],
      metadataSchema: { type: 'object', additionalProperties: false },
    } as unknown as PlatformDescription);
  }

  checkHealth(): Promise<SiteHealth> {
    return Promise.resolve({ reachable: true, loggedIn: true, missingPrivileges: [], detail: 'ok', latencyMs: 0 });
  }

  listResources(): Promise<ResourcePool[]> {
    return Promise.resolve([]);
  }

  plan(spec: VmSpec): Promise<Plan> {
    const image = spec.image === null ? null : { name: spec.image.name, nativeId: spec.image.source, version: '1' };
    return Promise.resolve({ diagnostics: [], losses: [], image, networks: [], diskGib: 1, scope: {}, hints: {} });
  }

  provisionVm({ spec }: ResolvedVm, ctx: OperationContext): Promise<ProvisionedVm> {
    const known = this.vms.get(ctx.instanceId);
    if (known !== undefined) return Promise.resolve({ how: 'adopted', status: known });
    ctx.assertMayMutate();
    const status: VmStatus = {
      nativeId: ctx.instanceId,
      name: spec.platformName,
      ownership: ctx.ownership,
      complete: true,
      power: 'on',
      nativeState: 'on',
      cpus: spec.cpus,
      memoryMib: spec.memoryMib,
      disks: [{ sizeGib: 1 }],
      addresses: [],
      guestTools: 'unknown',
      bootedAt: null,
      changeVersion: null,
      observedAt: new Date().toISOString(),
    };
    this.vms.set(ctx.instanceId, status);
    return Promise.resolve({ how: 'created', status });
  }

  getVmStatus({ nativeId }: VmRef): Promise<VmStatus> {
    const status = this.vms.get(nativeId);
    return status === undefined ? Promise.reject(new Error(`there is no VM ${nativeId}`)) : Promise.resolve(status);
  }

  powerCycle(ref: VmRef): Promise<VmStatus> {
    return this.getVmStatus(ref);
  }

  reconfigureVm(ref: VmRef): Promise<VmStatus> {
    return this.getVmStatus(ref);
  }

  deleteVm({ ownership }: { ownership: Ownership }): Promise<DeleteOutcome> {
    return Promise.resolve(this.vms.delete(ownership.instance) ? 'DELETED' : 'ABSENT');
  }

  findVm({ instance }: Ownership): Promise<VmStatus[]> {
    return Promise.resolve([this.vms.get(instance)].filter((status) => status !== undefined));
  }

  async *listVms(): AsyncIterable<VmPage> {
    const rows = [...this.vms.values()].map(({ nativeId, name, ownership, power }) => ({
      nativeId,
      name,
      ownership,
      power,
    }));
    yield await Promise.resolve({ rows, complete: true });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
