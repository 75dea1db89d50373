import { setTimeout as sleep } from 'node:timers/promises';
import {
  encodeMark,
  HypervisorError,
  isSameOwnership,
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
import { effectOf, isFault, isSilence, notWithoutEffect, toHypervisorError } from './reference.errors';
import type { ReferenceHypervisor, ReferenceVm } from './reference-hypervisor';
import { ReferenceChanges, ReferenceConsole, ReferenceSnapshots, type FacetParts } from './reference.facets';
import { resourcePoolOf } from './reference-inventory';
import { capabilities, ownershipOf, rowOf, statusOf } from './reference.mapper';
import { metadataSchema, planFor, referencePlatform } from './reference-plan';
import type { Wishes } from './reference-vm';
import { powerStepsFor } from './reference-power';
import { ReferenceSession } from './reference.session';

export interface ReferenceAdapterOptions {
  readonly password?: string;
  /** Default 2 s. */
  readonly callTimeoutMs?: number;
  /** Whether the certificate that the site shows is the one that is trusted; default true. */
  readonly trusts?: boolean;
}

/** The example of an honest adapter: short enough to read, and complete in the port's promises. */
export class ReferenceAdapter implements HypervisorPort {
  readonly snapshots: SnapshotFacet;
  readonly console: ConsoleFacet;
  readonly changes: ChangeFeedFacet;
  protected readonly session: ReferenceSession;

  constructor(
    protected readonly server: ReferenceHypervisor,
    options: ReferenceAdapterOptions = {},
  ) {
    this.session = new ReferenceSession(server, options);
    const parts: FacetParts = {
      server,
      session: this.session,
      requireOurs: (ref, ctx) => this.requireOurs(ref, ctx),
      step: (action, ctx, work) => this.step(action, ctx, 'NONE', work),
    };
    this.snapshots = new ReferenceSnapshots(parts);
    this.console = new ReferenceConsole(parts);
    this.changes = new ReferenceChanges(parts);
  }

  describe(): Promise<PlatformDescription> {
    return Promise.resolve({
      platform: referencePlatform,
      product: 'Reference hypervisor',
      version: '1',
      serverId: 'reference-1',
      capabilities: [...capabilities],
      metadataSchema,
    });
  }

  async checkHealth(ctx: CallContext): Promise<SiteHealth> {
    const startedAt = performance.now();
    try {
      await this.session.look('check the health', ctx, (session) => this.server.list(session));
      const latencyMs = performance.now() - startedAt;
      return { reachable: true, loggedIn: true, missingPrivileges: [], detail: 'ok', latencyMs };
    } catch (error) {
      if (!(error instanceof HypervisorError)) throw error;
      const reachable = error.reason === 'INVALID_CREDENTIALS';
      return { reachable, loggedIn: false, missingPrivileges: [], detail: error.message, latencyMs: null };
    }
  }

  async listResources(ctx: CallContext): Promise<ResourcePool[]> {
    await this.session.look('list resources', ctx, (session) => this.server.list(session));
    return [resourcePoolOf(this.server)];
  }

  async plan(spec: VmSpec, ctx: CallContext): Promise<Plan> {
    await this.session.look('plan', ctx, (session) => this.server.list(session));
    return planFor(spec, this.server);
  }

  async provisionVm({ spec }: ResolvedVm, ctx: OperationContext): Promise<ProvisionedVm> {
    ctx.progress(5, 'looking for the VM');
    const found = await this.findOriginal(ctx.ownership, ctx).catch((error: unknown) => {
      const isThere = error instanceof HypervisorError && error.reason === 'DUPLICATE_MARK';
      throw isThere ? notWithoutEffect(error) : error;
    });
    if (found !== undefined) return { how: 'adopted', status: await this.finish(found, spec, ctx) };
    ctx.progress(20, 'creating the VM');
    const { vm, how } = await this.create(spec, ctx);
    return { how, status: await this.finish(vm, spec, ctx) };
  }

  async getVmStatus(ref: VmRef, ctx: CallContext): Promise<VmStatus> {
    return statusOf(await this.requireOurs(ref, ctx));
  }

  async powerCycle(ref: VmRef, action: PowerAction, ctx: OperationContext): Promise<VmStatus> {
    const vm = await this.requireOurs(ref, ctx);
    if (action.action === 'RESTART' && ctx.attempt > 1) {
      throw new HypervisorError('OUTCOME_UNKNOWN', `Unable to tell whether VM ${vm.name} was restarted already`, {
        effect: 'UNKNOWN',
      });
    }
    let before: 'NONE' | 'PARTIAL' = 'NONE';
    for (const step of powerStepsFor(action, vm)) {
      await this.step(`${action.action} VM ${vm.name}`, ctx, before, (session) => step(this.server, session, vm));
      before = 'PARTIAL';
    }
    return this.getVmStatus(ref, ctx);
  }

  async reconfigureVm(ref: VmRef, target: VmTarget, ctx: OperationContext): Promise<VmStatus> {
    const vm = await this.requireOurs(ref, ctx);
    const wanted = target.disks?.map(({ sizeGib }) => sizeGib) ?? [];
    const disksGib = [
      ...vm.disksGib.map((sizeGib, index) => wanted[index] ?? sizeGib),
      ...wanted.slice(vm.disksGib.length),
    ];
    if (disksGib.some((sizeGib, index) => sizeGib < (vm.disksGib[index] ?? 0))) {
      throw new HypervisorError('INVALID_SPEC', `Unable to resize VM ${vm.name}: a disk never shrinks`, {
        effect: 'NONE',
      });
    }
    const size = { cpus: target.cpus ?? vm.cpus, memoryMib: target.memoryMib ?? vm.memoryMib };
    let before: 'NONE' | 'PARTIAL' = 'NONE';
    for (const part of changesOf(vm, size, disksGib)) {
      const change = (session: string): Promise<void> => this.server.resize(session, vm.nativeId, part);
      await this.step(`resize VM ${vm.name}`, ctx, before, change);
      before = 'PARTIAL';
    }
    return this.getVmStatus(ref, ctx);
  }

  async deleteVm(
    target: { ownership: Ownership; nativeIds: readonly string[] },
    ctx: OperationContext,
  ): Promise<DeleteOutcome> {
    const vm = await this.findOriginal(target.ownership, ctx);
    if (vm === undefined) return (await this.isAnyThere(target.nativeIds, ctx)) ? 'NOT_OURS' : 'ABSENT';
    await this.waitUntilBuilt(vm, ctx);
    const action = `delete VM ${vm.name}`;
    const isRunning = vm.power !== 'off';
    // Somebody else may be at it: that it is off or gone already is what is wanted.
    const unless = (error: unknown): void => {
      if (!isFault(error, 'NotFound') && !isFault(error, 'InvalidPowerState')) throw error;
    };
    if (isRunning)
      await this.step(action, ctx, 'NONE', (session) => this.server.power(session, vm.nativeId, 'off').catch(unless));
    await this.step(action, ctx, isRunning ? 'PARTIAL' : 'NONE', (session) =>
      this.server.destroy(session, vm.nativeId).catch((error: unknown) => {
        if (!isFault(error, 'NotFound')) throw error;
      }),
    );
    return 'DELETED';
  }

  async findVm(ownership: Ownership, _hints: FindHints, ctx: CallContext): Promise<VmStatus[]> {
    return (await this.findAll(ownership, ctx)).map(statusOf);
  }

  async *listVms({ pageSize, signal }: ListVmsOptions): AsyncIterable<VmPage> {
    const ctx: CallContext = { signal, remainingMs: () => 60_000 };
    const vms = await this.session.look('list VMs', ctx, (session) => this.server.list(session));
    await this.requireSight(ctx);
    for (let from = 0; from === 0 || from < vms.length; from += pageSize) {
      signal.throwIfAborted();
      const rows = vms.slice(from, from + pageSize).map(rowOf);
      yield { rows, complete: from + pageSize >= vms.length };
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  protected async findAll(ownership: Ownership, ctx: CallContext): Promise<ReferenceVm[]> {
    const vms = await this.session.look('find the VM', ctx, (session) => this.server.list(session));
    const found = vms.filter((vm) => isSameOwnership(ownershipOf(vm), ownership));
    if (found.length === 0) await this.requireSight(ctx);
    return found;
  }

  protected async findOriginal(ownership: Ownership, ctx: CallContext): Promise<ReferenceVm | undefined> {
    const [first, second] = await this.findAll(ownership, ctx);
    if (first === undefined || second === undefined) return first;
    throw new HypervisorError('DUPLICATE_MARK', `VMs ${first.nativeId} and ${second.nativeId} bear the same mark`, {
      effect: 'NONE',
    });
  }

  /** What is not seen is not there only if it would be seen. */
  protected async requireSight(ctx: CallContext): Promise<void> {
    const maySee = await this.session.look('read its rights', ctx, (session) => this.server.maySeeVms(session));
    if (maySee) return;
    throw new HypervisorError('MISSING_PRIVILEGE', 'Unable to look for VMs: the account may not see them', {
      effect: 'NONE',
      native: 'VM.See',
    });
  }

  protected async requireOurs({ nativeId, ownership }: VmRef, ctx: CallContext): Promise<ReferenceVm> {
    const vm = await this.session.look('read the VM', ctx, (session) => this.server.read(session, nativeId));
    if (vm === undefined) {
      await this.requireSight(ctx);
      throw new HypervisorError('VM_NOT_FOUND', `Unable to find VM ${nativeId}`, { effect: 'NONE' });
    }
    if (!isSameOwnership(ownershipOf(vm), ownership)) {
      throw new HypervisorError('NOT_OURS', `Unable to touch VM ${nativeId}: it bears another mark`, {
        effect: 'NONE',
      });
    }
    return vm;
  }

  /** The mark goes with the creation; after silence the VM is looked for before anything is said. */
  protected async create(spec: VmSpec, ctx: OperationContext): Promise<{ vm: ReferenceVm; how: ProvisionedVm['how'] }> {
    const request = {
      uuid: ctx.instanceId,
      name: spec.platformName,
      mark: encodeMark(ctx.ownership, ctx.instanceId),
      image: spec.image?.source ?? null,
      networks: spec.networks.map(({ network }) => network),
      storage: 'store',
      cpus: spec.cpus,
      memoryMib: spec.memoryMib,
      disksGib: spec.disks.map(({ sizeGib }) => sizeGib),
      wishes: wishesOf(spec),
    };
    try {
      return { vm: await this.session.change(ctx, (session) => this.server.create(session, request)), how: 'created' };
    } catch (error) {
      const made = await this.madeAfterAll(error, ctx);
      if (made !== undefined) return { vm: made, how: isFault(error, 'DuplicateName') ? 'adopted' : 'created' };
      throw toHypervisorError(error, `create VM ${spec.platformName}`, effectOf(error));
    }
  }

  /** Whether the VM is there although its creation failed. After silence a look that fails too proves nothing, and the silence is what counts. */
  protected async madeAfterAll(error: unknown, ctx: OperationContext): Promise<ReferenceVm | undefined> {
    if (isFault(error, 'DuplicateName')) return this.findOriginal(ctx.ownership, ctx);
    return isSilence(error) ? this.findOriginal(ctx.ownership, ctx).catch(() => undefined) : undefined;
  }

  /** What is left to do after the VM exists; an earlier attempt may have done any part of it. */
  protected async finish(vm: ReferenceVm, spec: VmSpec, ctx: OperationContext): Promise<VmStatus> {
    try {
      await this.waitUntilBuilt(vm, ctx);
      ctx.progress(80, 'powering on');
      if (spec.poweredOn && vm.power === 'off') await this.powerOn(vm, ctx);
      return await this.getVmStatus({ nativeId: vm.nativeId, ownership: ctx.ownership }, ctx);
    } catch (error) {
      throw notWithoutEffect(error);
    }
  }

  private powerOn(vm: ReferenceVm, ctx: OperationContext): Promise<void> {
    return this.step(`power on VM ${vm.name}`, ctx, 'PARTIAL', (session) =>
      this.server.power(session, vm.nativeId, 'on').catch((error: unknown) => {
        if (!isFault(error, 'InvalidPowerState')) throw error;
      }),
    );
  }

  /** @param before what earlier steps of the same operation have done. */
  private async step(
    action: string,
    ctx: OperationContext,
    before: 'NONE' | 'PARTIAL',
    work: (session: string) => Promise<void>,
  ): Promise<void> {
    try {
      await this.session.change(ctx, work);
    } catch (error) {
      throw toHypervisorError(error, action, isSilence(error) ? 'UNKNOWN' : before);
    }
  }

  private async waitUntilBuilt(vm: ReferenceVm, ctx: CallContext): Promise<void> {
    let current: ReferenceVm | undefined = vm;
    while (current?.building === true) {
      if (ctx.signal.aborted || ctx.remainingMs() <= 0) {
        const reason = ctx.signal.aborted ? 'CANCELLED' : 'STILL_CREATING';
        throw new HypervisorError(reason, `Unable to wait longer for VM ${vm.name}`, { effect: 'PARTIAL' });
      }
      await sleep(5);
      current = await this.session.look('read the VM', ctx, (session) => this.server.read(session, vm.nativeId));
    }
  }

  private async isAnyThere(nativeIds: readonly string[], ctx: CallContext): Promise<boolean> {
    for (const nativeId of nativeIds) {
      const vm = await this.session.look('read the VM', ctx, (session) => this.server.read(session, nativeId));
      if (vm !== undefined) return true;
    }
    return false;
  }
}

const wishesOf = ({ clone, firmware, guest }: VmSpec): Wishes => ({
  isLinked: clone === 'linked',
  startsSecurely: firmware?.secureBoot === true,
  domain: guest.domain?.name ?? null,
});

/** The parts of a resize that are left to do: size first, then disks. */
function changesOf(
  vm: ReferenceVm,
  size: { cpus: number; memoryMib: number },
  disksGib: number[],
): Partial<Pick<ReferenceVm, 'cpus' | 'memoryMib' | 'disksGib'>>[] {
  const isSized = vm.cpus === size.cpus && vm.memoryMib === size.memoryMib;
  const isGrown = vm.disksGib.join() === disksGib.join();
  return [...(isSized ? [] : [size]), ...(isGrown ? [] : [{ disksGib }])];
}
