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
import type { PveClient } from './client/pve.client';
import { openConsole } from './console';
import { deleteVm } from './deletion';
import { changes } from './feed';
import { Finder, unseen } from './finder';
import { Health } from './health';
import { Inventory } from './inventory';
import { listVms } from './listing';
import { Locator } from './locator';
import { isBeingMade } from './making';
import { metadataJsonSchema } from './metadata.schema';
import { Placements } from './placements';
import { Planner } from './planner';
import { powerCycle } from './power';
import { createClient, type ProxmoxSite } from './proxmox.config';
import { isRefusal } from './outcome.errors';
import { toPortError, Refused } from './proxmox.errors';
import { readRecords, readString } from './reader.mapper';
import { reconfigureVm } from './reconfigure';
import { resourcesOf } from './resource.mapper';
import { Site } from './site';
import { Snapshots } from './snapshots';
import { readVersion } from './version.mapper';
import { readVmid, vmidFor } from './vmid.policy';

/** One Proxmox VE cluster as a site of DCM. It connects at the first call; whatever goes wrong comes out as a HypervisorError. */
export class ProxmoxAdapter implements HypervisorPort {
  readonly snapshots: SnapshotFacet = {
    createSnapshot: (ref, wish, ctx) =>
      this.change(`create snapshot ${wish.name} of VM ${ref.nativeId}`, ctx, (attempt) =>
        this.snapshotter.create(attempt, ref, wish),
      ),
    revertSnapshot: (ref, name, ctx) =>
      this.change(`revert VM ${ref.nativeId} to snapshot ${name}`, ctx, (attempt) =>
        this.snapshotter.revert(attempt, ref, name),
      ),
    removeSnapshot: (ref, name, ctx) =>
      this.change(`remove snapshot ${name} of VM ${ref.nativeId}`, ctx, (attempt) =>
        this.snapshotter.remove(attempt, ref, name),
      ),
    listSnapshots: async (ref, ctx) => (await this.getVmStatus(ref, ctx)).snapshots ?? [],
  };
  readonly console: ConsoleFacet = {
    openConsole: (ref, ctx) =>
      this.look(`open a console of VM ${ref.nativeId}`, ctx, (access) =>
        openConsole(access, this.shared, ref, this.site.url),
      ),
  };
  readonly changes: ChangeFeedFacet = { changes: (signal) => this.watchVms(signal) };
  private readonly client: PveClient;
  private readonly shared: Site;
  private readonly planner: Planner;
  private readonly builder: Builder;
  private readonly snapshotter: Snapshots;
  private readonly health: Health;

  /** @throws DcmError INVALID_REQUEST when the site's settings cannot be used */
  constructor(private readonly site: ProxmoxSite) {
    const { options } = site;
    this.client = createClient(site);
    const inventory = new Inventory(this.client);
    const placements = new Placements();
    const finder = new Finder(new Locator(this.client), options.vmidBase);
    this.shared = new Site(options, finder, inventory, placements);
    this.planner = new Planner(inventory, placements, options);
    this.builder = new Builder(this.shared);
    this.snapshotter = new Snapshots(this.shared);
    this.health = new Health(inventory, options, (error) => this.portError('check health', error).message);
  }

  describe(ctx: CallContext): Promise<PlatformDescription> {
    return this.look('describe the platform', ctx, async (access) => {
      const { text } = readVersion(await access.get(['version']));
      return {
        platform: platformSchema.parse('proxmox'),
        product: `Proxmox VE ${text}`,
        version: text,
        serverId: (await clusterName(access)) ?? this.site.url.host,
        capabilities: [...capabilities],
        metadataSchema: metadataJsonSchema(),
      };
    });
  }

  checkHealth(ctx: CallContext): Promise<SiteHealth> {
    return this.look('check health', ctx, (access) => this.health.check(access));
  }

  listResources(ctx: CallContext): Promise<ResourcePool[]> {
    return this.look('list resources', ctx, async (access) =>
      resourcesOf(await this.shared.inventory.places(access, true), this.site.options.networks),
    );
  }

  plan(spec: VmSpec, ctx: CallContext): Promise<Plan> {
    return this.look(`plan VM ${spec.name}`, ctx, (access) => this.planner.plan(access, spec));
  }

  provisionVm(vm: ResolvedVm, ctx: OperationContext): Promise<ProvisionedVm> {
    return this.change(`create VM ${vm.spec.platformName}`, ctx, (attempt) => this.builder.build(attempt, vm));
  }

  getVmStatus(ref: VmRef, ctx: CallContext): Promise<VmStatus> {
    return this.look(`read VM ${ref.nativeId}`, ctx, async (access) =>
      this.shared.statusOf(await this.shared.finder.requireOurs(access, ref.nativeId, ref.ownership)),
    );
  }

  powerCycle(ref: VmRef, action: PowerAction, ctx: OperationContext): Promise<VmStatus> {
    return this.change(`${action.action} VM ${ref.nativeId}`, ctx, (attempt) =>
      powerCycle(attempt, this.shared, ref, action),
    );
  }

  reconfigureVm(ref: VmRef, target: VmTarget, ctx: OperationContext): Promise<VmStatus> {
    return this.change(`reconfigure VM ${ref.nativeId}`, ctx, (attempt) =>
      reconfigureVm(attempt, this.shared, ref, target),
    );
  }

  deleteVm(
    target: { ownership: Ownership; nativeIds: readonly string[] },
    ctx: OperationContext,
  ): Promise<DeleteOutcome> {
    return this.change(`delete VM of instance ${target.ownership.instance}`, ctx, async (attempt) => {
      const outcome = await deleteVm(attempt, this.shared, target);
      if (outcome === 'ABSENT') await this.health.requireSight(attempt);
      return outcome;
    });
  }

  findVm(ownership: Ownership, { nativeIds, earlierNumbers }: FindHints, ctx: CallContext): Promise<VmStatus[]> {
    return this.look(`find VM of instance ${ownership.instance}`, ctx, async (access) => {
      const { vmidBase } = this.site.options;
      const numbered = earlierNumbers.flatMap((number) => vmidFor(vmidBase, number) ?? []);
      const vmids = [...new Set([...nativeIds.flatMap((id) => readVmid(id) ?? []), ...numbered])];
      const { original, building, hidden } = await this.shared.finder.everywhere(access, ownership, vmids);
      const found = [...original, ...building];
      if (found.length === 0) await this.health.requireSight(access);
      if (found.length === 0 && hidden[0] !== undefined) await refuseHidden(access, hidden[0]);
      return found.map((machine) => this.shared.statusOf(machine));
    });
  }

  async *listVms({ pageSize, signal }: ListVmsOptions): AsyncGenerator<VmPage> {
    const access = new Access(this.client, { signal, remainingMs: () => Number.POSITIVE_INFINITY });
    const { finder, recent } = this.shared;
    const { vmidBase } = this.site.options;
    const seesAll = (): Promise<void> => this.health.requireSight(access);
    try {
      yield* listVms(access, { locator: finder.locator, recent, vmidBase, pageSize, seesAll });
    } catch (error) {
      throw this.portError('list VMs', error, access);
    }
  }

  close(): Promise<void> {
    this.client.close();
    return Promise.resolve();
  }

  private async *watchVms(signal: AbortSignal): AsyncGenerator<readonly { nativeId: string }[]> {
    try {
      yield* changes(this.client, this.site.options.changePollMs, signal);
    } catch (error) {
      if (!signal.aborted) throw this.portError('watch VMs', error);
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

  /** A VM that is not found is gone only if the account would see it: without the right to look, lists leave it out. */
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

/** @throws Refused STILL_CREATING for a VM that is being made, which nobody sees; else MISSING_PRIVILEGE */
async function refuseHidden(access: Access, vmid: number): Promise<never> {
  if (await isBeingMade(access, vmid)) throw new Refused('STILL_CREATING', `Proxmox is still making the VM ${vmid}`);
  throw unseen(vmid);
}

/** The cluster's name; undefined for a lone node, and where the account may not ask. */
async function clusterName(access: Access): Promise<string | undefined> {
  try {
    const rows = readRecords(await access.get(['cluster', 'status']));
    return rows.filter(({ type }) => type === 'cluster').flatMap(({ name }) => readString(name) ?? [])[0];
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}
