import {
  platformSchema,
  type CallContext,
  type ChangeFeedFacet,
  type DeleteOutcome,
  type FindHints,
  type HypervisorPort,
  type ListVmsOptions,
  type OperationContext,
  type Ownership,
  type Plan,
  type PlatformDescription,
  type PowerAction,
  type ProvisionedVm,
  type ResolvedVm,
  type ResourcePool,
  type SiteHealth,
  type SnapshotFacet,
  type VmPage,
  type VmRef,
  type VmSpec,
  type VmStatus,
  type VmTarget,
} from '@dcm/contracts';
import { Access } from './access';
import { Attempt } from './attempt';
import { Builder } from './builder';
import { capabilitiesOf } from './capabilities';
import { watchJobs } from './change.feed';
import { deleteVm } from './deletion';
import { findEverywhere, requireOurs } from './finder';
import { GuestRefresher } from './guest.refresher';
import { checkHealth } from './health';
import type { HypervSite } from './hyperv.config';
import { toPortError } from './hyperv.errors';
import { Inventory } from './inventory';
import { listVms } from './listing';
import { metadataJsonSchema } from './metadata.schema';
import { Planner } from './planner';
import { powerCycle } from './power';
import { reconfigureVm } from './reconfigure';
import { createClient } from './site.client';
import { createSnapshot, removeSnapshot, revertSnapshot } from './snapshots';
import { statusOf } from './status.mapper';
import type { VmmClient } from './vmm.client';

/** One VMM server as a site of DCM. It connects at the first call; whatever goes wrong comes out as a HypervisorError. */
export class HypervAdapter implements HypervisorPort {
  readonly snapshots: SnapshotFacet = {
    createSnapshot: (ref, wish, ctx) =>
      this.change(`create snapshot ${wish.name} of VM ${ref.nativeId}`, ctx, (attempt) =>
        createSnapshot(attempt, ref, wish),
      ),
    revertSnapshot: (ref, name, ctx) =>
      this.change(`revert VM ${ref.nativeId} to snapshot ${name}`, ctx, (attempt) =>
        revertSnapshot(attempt, ref, name),
      ),
    removeSnapshot: (ref, name, ctx) =>
      this.change(`remove snapshot ${name} of VM ${ref.nativeId}`, ctx, (attempt) =>
        removeSnapshot(attempt, ref, name),
      ),
    listSnapshots: async (ref, ctx) => (await this.getVmStatus(ref, ctx)).snapshots ?? [],
  };
  readonly changes: ChangeFeedFacet = { changes: (signal) => this.watch(signal) };
  private readonly inventory = new Inventory();
  private readonly planner: Planner;
  private readonly builder: Builder;
  private readonly refresher: GuestRefresher;

  /** @throws DcmError INVALID_REQUEST when the site's settings cannot be used */
  constructor(
    private readonly site: HypervSite,
    private readonly client: VmmClient = createClient(site),
  ) {
    this.planner = new Planner(this.inventory, site.options);
    this.builder = new Builder(this.inventory);
    this.refresher = new GuestRefresher(site.options.guestRefreshMs);
  }

  describe(ctx: CallContext): Promise<PlatformDescription> {
    return this.look('describe the platform', ctx, async ({ signal, callTimeoutMs }) => {
      const { name, version } = await this.client.about({ signal, timeoutMs: callTimeoutMs });
      return {
        platform: platformSchema.parse('hyperv'),
        product: 'System Center Virtual Machine Manager',
        version,
        serverId: `${name}@${this.site.url.host}`,
        capabilities: [...capabilitiesOf(this.site.options)],
        metadataSchema: metadataJsonSchema(),
      };
    });
  }

  checkHealth(ctx: CallContext): Promise<SiteHealth> {
    return this.look('check health', ctx, (access) =>
      checkHealth(access, (error) => this.portError('check health', error, access).message),
    );
  }

  listResources(ctx: CallContext): Promise<ResourcePool[]> {
    return this.look('list resources', ctx, (access) => this.inventory.list(access));
  }

  plan(spec: VmSpec, ctx: CallContext): Promise<Plan> {
    return this.look(`plan VM ${spec.name}`, ctx, (access) => this.planner.plan(access, spec));
  }

  provisionVm(vm: ResolvedVm, ctx: OperationContext): Promise<ProvisionedVm> {
    return this.change(`create VM ${vm.spec.platformName}`, ctx, (attempt) => this.builder.build(attempt, vm));
  }

  getVmStatus(ref: VmRef, ctx: CallContext): Promise<VmStatus> {
    return this.look(`read VM ${ref.nativeId}`, ctx, async (access) => {
      const machine = await requireOurs(access, ref.nativeId, ref.ownership);
      return statusOf(await this.refresher.refresh(access, machine), new Date());
    });
  }

  powerCycle(ref: VmRef, action: PowerAction, ctx: OperationContext): Promise<VmStatus> {
    return this.change(`${action.action} VM ${ref.nativeId}`, ctx, (attempt) => powerCycle(attempt, ref, action));
  }

  reconfigureVm(ref: VmRef, target: VmTarget, ctx: OperationContext): Promise<VmStatus> {
    return this.change(`reconfigure VM ${ref.nativeId}`, ctx, (attempt) => reconfigureVm(attempt, ref, target));
  }

  deleteVm(
    target: { ownership: Ownership; nativeIds: readonly string[] },
    ctx: OperationContext,
  ): Promise<DeleteOutcome> {
    return this.change(`delete VM of instance ${target.ownership.instance}`, ctx, (attempt) =>
      deleteVm(attempt, target),
    );
  }

  findVm(ownership: Ownership, hints: FindHints, ctx: CallContext): Promise<VmStatus[]> {
    return this.look(`find VM of instance ${ownership.instance}`, ctx, async (access) => {
      const { own } = await findEverywhere(access, ownership, hints.nativeIds);
      const now = new Date();
      return own.map((machine) => statusOf(machine, now));
    });
  }

  async *listVms({ pageSize, signal }: ListVmsOptions): AsyncGenerator<VmPage> {
    const context = { signal, remainingMs: () => Number.POSITIVE_INFINITY };
    const access = new Access(this.client, context, this.site.options);
    try {
      yield* listVms(access, pageSize);
    } catch (error) {
      throw this.portError('list VMs', error, access);
    }
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  private async *watch(signal: AbortSignal): AsyncGenerator<readonly { nativeId: string }[]> {
    try {
      yield* watchJobs(this.client, { signal, everyMs: this.site.options.changePollMs });
    } catch (error) {
      if (!signal.aborted) throw this.portError('watch VMs', error);
    }
  }

  private async look<T>(action: string, ctx: CallContext, work: (access: Access) => Promise<T>): Promise<T> {
    const access = new Access(this.client, ctx, this.site.options);
    try {
      return await work(access);
    } catch (error) {
      throw this.portError(action, error, access);
    }
  }

  private async change<T>(action: string, ctx: OperationContext, work: (attempt: Attempt) => Promise<T>): Promise<T> {
    const attempt = new Attempt(this.client, ctx, this.site.options);
    try {
      return await work(attempt);
    } catch (error) {
      throw this.portError(action, error, attempt);
    }
  }

  private portError(action: string, error: unknown, access?: Access): Error {
    return toPortError(error, {
      action,
      site: this.site.name,
      effect: access instanceof Attempt ? access.effect : 'NONE',
      ...(access !== undefined && { signal: access.signal }),
    });
  }
}
