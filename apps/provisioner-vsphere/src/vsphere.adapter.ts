import {
  platformSchema,
  type CallContext,
  type ChangeFeedFacet,
  type ConsoleFacet,
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
import { capabilities } from './capabilities';
import { openConsole } from './console';
import type { VimClient } from './client/vim.client';
import { deleteVm } from './deletion';
import { findEverywhere, requireOurs } from './finder';
import { Health } from './health';
import { Inventory } from './inventory';
import { listVms } from './listing';
import { metadataJsonSchema } from './metadata.schema';
import { Planner } from './planner';
import { powerCycle } from './power';
import { reconfigureVm } from './reconfigure';
import { createSnapshot, removeSnapshot, revertSnapshot } from './snapshots';
import { statusOf } from './status.mapper';
import { Templates } from './templates';
import { createClient, type VsphereSite } from './vsphere.config';
import { Refused, toPortError } from './vsphere.errors';

/** One vCenter as a site of DCM. It connects at the first call; whatever goes wrong comes out as a HypervisorError. */
export class VsphereAdapter implements HypervisorPort {
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
  readonly console: ConsoleFacet = {
    openConsole: (ref, ctx) =>
      this.look(`open a console of VM ${ref.nativeId}`, ctx, (access) => openConsole(access, ref, this.site.url)),
  };
  readonly changes: ChangeFeedFacet = { changes: (signal) => this.watchVms(signal) };
  private readonly client: VimClient;
  private readonly inventory: Inventory;
  private readonly planner: Planner;
  private readonly builder: Builder;
  private readonly health: Health;

  /** @throws DcmError INVALID_REQUEST when the site's settings cannot be used */
  constructor(private readonly site: VsphereSite) {
    this.client = createClient(site);
    this.inventory = new Inventory(site.options);
    const templates = new Templates();
    this.planner = new Planner(this.inventory, templates, site.options);
    this.builder = new Builder(this.inventory, templates, site.options);
    this.health = new Health(this.inventory, site.options, (error) => this.portError('check health', error).message);
  }

  describe(ctx: CallContext): Promise<PlatformDescription> {
    return this.look('describe the platform', ctx, async ({ signal }) => {
      const { about } = await this.client.content(signal);
      return {
        platform: platformSchema.parse('vsphere'),
        product: about.fullName,
        version: about.version,
        serverId: about.instanceUuid ?? this.site.url.host,
        capabilities: [...capabilities],
        metadataSchema: metadataJsonSchema(),
      };
    });
  }

  checkHealth(ctx: CallContext): Promise<SiteHealth> {
    return this.look('check health', ctx, (access) => this.health.check(access));
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
    return this.look(`read VM ${ref.nativeId}`, ctx, async (access) =>
      statusOf(await requireOurs(access, ref.nativeId, ref.ownership), new Date()),
    );
  }

  powerCycle(ref: VmRef, action: PowerAction, ctx: OperationContext): Promise<VmStatus> {
    return this.change(`${action.action} VM ${ref.nativeId}`, ctx, (attempt) =>
      powerCycle(attempt, ref, action, this.site.options),
    );
  }

  reconfigureVm(ref: VmRef, target: VmTarget, ctx: OperationContext): Promise<VmStatus> {
    return this.change(`reconfigure VM ${ref.nativeId}`, ctx, (attempt) => reconfigureVm(attempt, ref, target));
  }

  deleteVm(
    target: { ownership: Ownership; nativeIds: readonly string[] },
    ctx: OperationContext,
  ): Promise<DeleteOutcome> {
    return this.change(`delete VM of instance ${target.ownership.instance}`, ctx, async (attempt) => {
      const outcome = await deleteVm(attempt, target);
      if (outcome === 'ABSENT') await this.health.requireSight(attempt);
      return outcome;
    });
  }

  findVm(ownership: Ownership, hints: FindHints, ctx: CallContext): Promise<VmStatus[]> {
    return this.look(`find VM of instance ${ownership.instance}`, ctx, async (access) => {
      const { original, renumbered, building } = await findEverywhere(access, ownership, hints.nativeIds);
      if (original.length + renumbered.length + building.length === 0) await this.health.requireSight(access);
      const now = new Date();
      return [...original, ...renumbered, ...building].map((machine) => statusOf(machine, now));
    });
  }

  async *listVms({ pageSize, signal }: ListVmsOptions): AsyncGenerator<VmPage> {
    const access = new Access(this.client, { signal, remainingMs: () => Number.POSITIVE_INFINITY });
    try {
      yield* listVms(access, pageSize, () => this.health.requireSight(access));
    } catch (error) {
      throw this.portError('list VMs', error, access);
    }
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  private async *watchVms(signal: AbortSignal): AsyncGenerator<readonly { nativeId: string }[]> {
    try {
      for await (const refs of this.client.vms.changes(signal)) yield refs.map(({ value }) => ({ nativeId: value }));
    } catch (error) {
      throw this.portError('watch VMs', error);
    }
  }

  private async look<T>(action: string, ctx: CallContext, work: (access: Access) => Promise<T>): Promise<T> {
    const access = new Access(this.client, ctx);
    try {
      return await work(access);
    } catch (error) {
      throw this.portError(action, await this.seen(error, access), access);
    }
  }

  private async change<T>(action: string, ctx: OperationContext, work: (attempt: Attempt) => Promise<T>): Promise<T> {
    const attempt = new Attempt(this.client, ctx);
    try {
      return await work(attempt);
    } catch (error) {
      throw this.portError(action, await this.seen(error, attempt), attempt);
    }
  }

  /** A VM that is not found is gone only if the account would see it: without the right to look, references lead nowhere. */
  private async seen(error: unknown, access: Access): Promise<unknown> {
    if (!(error instanceof Refused) || error.reason !== 'VM_NOT_FOUND') return error;
    try {
      await this.health.requireSight(access);
      return error;
    } catch (blindness) {
      return blindness;
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
