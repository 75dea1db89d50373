import {
  HypervisorError,
  type CallContext,
  type DeleteOutcome,
  type Effect,
  type ListVmsOptions,
  type OperationContext,
  type Ownership,
  type PowerAction,
  type ProvisionedVm,
  type ResolvedVm,
  type SnapshotFacet,
  type VmPage,
  type VmRef,
  type VmSpec,
  type VmStatus,
  type VmTarget,
} from '@dcm/contracts';
import { outcomesOf, unclaimed, type PlantedBug } from './planted';
import { ReferenceAdapter, type ReferenceAdapterOptions } from './reference/reference.adapter';
import type { ReferenceHypervisor, ReferenceVm } from './reference/reference-hypervisor';

type Created = { vm: ReferenceVm; how: ProvisionedVm['how'] };
type DeleteTarget = { ownership: Ownership; nativeIds: readonly string[] };

/** Tells of every failure that it had another effect than it had. */
async function told<T>(work: Promise<T>, effect: Effect): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof HypervisorError)) throw error;
    throw new HypervisorError(error.reason, error.message, { effect, cause: error });
  }
}

class NamesVmsByAttempt extends ReferenceAdapter {
  override async provisionVm({ spec }: ResolvedVm, ctx: OperationContext): Promise<ProvisionedVm> {
    const { vm, how } = await this.create({ ...spec, platformName: `${spec.platformName}-${ctx.attempt}` }, ctx);
    return { how, status: await this.finish(vm, spec, ctx) };
  }
}

class SwitchesEverythingOn extends ReferenceAdapter {
  override provisionVm({ spec, plan }: ResolvedVm, ctx: OperationContext): Promise<ProvisionedVm> {
    return super.provisionVm({ spec: { ...spec, poweredOn: true }, plan }, ctx);
  }
}

class SaysThatNothingHappened extends ReferenceAdapter {
  private readonly honest = (this as ReferenceAdapter).snapshots;
  override readonly snapshots: SnapshotFacet = {
    createSnapshot: (...of) => told(this.honest.createSnapshot(...of), 'NONE'),
    revertSnapshot: (...of) => this.honest.revertSnapshot(...of),
    removeSnapshot: (...of) => this.honest.removeSnapshot(...of),
    listSnapshots: (...of) => this.honest.listSnapshots(...of),
  };
  override provisionVm(vm: ResolvedVm, ctx: OperationContext): Promise<ProvisionedVm> {
    return told(super.provisionVm(vm, ctx), 'NONE');
  }
  override powerCycle(ref: VmRef, action: PowerAction, ctx: OperationContext): Promise<VmStatus> {
    return told(super.powerCycle(ref, action, ctx), 'NONE');
  }
  override reconfigureVm(ref: VmRef, target: VmTarget, ctx: OperationContext): Promise<VmStatus> {
    return told(super.reconfigureVm(ref, target, ctx), 'NONE');
  }
  override deleteVm(target: DeleteTarget, ctx: OperationContext): Promise<DeleteOutcome> {
    return told(super.deleteVm(target, ctx), 'NONE');
  }
}

class NeverKnowsTheEffect extends ReferenceAdapter {
  override provisionVm(vm: ResolvedVm, ctx: OperationContext): Promise<ProvisionedVm> {
    return told(super.provisionVm(vm, ctx), 'UNKNOWN');
  }
}

class KeepsItsFirstSession extends ReferenceAdapter {
  private first: Promise<string> | undefined;
  protected override async create(spec: VmSpec, ctx: OperationContext): Promise<Created> {
    const session = await (this.first ??= this.server.login('reference'));
    ctx.assertMayMutate();
    await this.server.list(session);
    return super.create(spec, ctx);
  }
}

/** A mode or action that is taken for another. */
const takes = (change: (action: PowerAction) => PowerAction): typeof ReferenceAdapter =>
  class extends ReferenceAdapter {
    override powerCycle(ref: VmRef, action: PowerAction, ctx: OperationContext): Promise<VmStatus> {
      return super.powerCycle(ref, change(action), ctx);
    }
  };
const SoftForHard = takes((action) =>
  'mode' in action && action.mode === 'SOFT' ? { ...action, mode: 'HARD' } : action,
);
const TryForSoft = takes((action) =>
  'mode' in action && action.mode === 'TRY_SOFT' ? { ...action, mode: 'SOFT' } : action,
);
const RestartForOn = takes((action) => (action.action === 'RESTART' ? { action: 'ON' } : action));

/** Another status than the platform shows. */
const shows = (change: (status: VmStatus, vm: ReferenceVm | undefined) => VmStatus): typeof ReferenceAdapter =>
  class extends ReferenceAdapter {
    override async getVmStatus(ref: VmRef, ctx: CallContext): Promise<VmStatus> {
      return change(await super.getVmStatus(ref, ctx), this.server.everything.get(ref.nativeId));
    }
  };
const ToolsAlwaysRun = shows((status) => ({ ...status, guestTools: 'running' }));
const FirstAddressIsPrimary = shows((status, vm) => {
  const [first] = vm?.addresses ?? [];
  const seenAt = status.observedAt;
  const address = { mac: null, network: null, source: 'guest-agent', primary: true, seenAt } as const;
  return first === undefined ? status : { ...status, addresses: [{ ...address, address: first.address }] };
});

/** Another target than is asked for. */
const resizesTo = (change: (target: VmTarget) => VmTarget): typeof ReferenceAdapter =>
  class extends ReferenceAdapter {
    override reconfigureVm(ref: VmRef, target: VmTarget, ctx: OperationContext): Promise<VmStatus> {
      return super.reconfigureVm(ref, change(target), ctx);
    }
  };
const ForgetsMemory = resizesTo(({ cpus, disks }) => ({ ...(cpus && { cpus }), ...(disks && { disks }) }));
const ForgetsDisks = resizesTo(({ cpus, memoryMib }) => ({ ...(cpus && { cpus }), ...(memoryMib && { memoryMib }) }));

class SaysThatItResized extends ReferenceAdapter {
  override reconfigureVm(ref: VmRef, _target: VmTarget, ctx: OperationContext): Promise<VmStatus> {
    return this.getVmStatus(ref, ctx);
  }
}

class ShrinksDisks extends ReferenceAdapter {
  override async reconfigureVm(ref: VmRef, target: VmTarget, ctx: OperationContext): Promise<VmStatus> {
    const disksGib = target.disks?.map(({ sizeGib }) => sizeGib) ?? [];
    await this.session.change(ctx, (session) => this.server.resize(session, ref.nativeId, { disksGib }));
    return this.getVmStatus(ref, ctx);
  }
}

class AddsADiskEachTime extends ReferenceAdapter {
  override async reconfigureVm(ref: VmRef, target: VmTarget, ctx: OperationContext): Promise<VmStatus> {
    const { disks } = await this.getVmStatus(ref, ctx);
    const more = disks.length >= (target.disks?.length ?? 0) ? [{ sizeGib: 1 }] : [];
    return super.reconfigureVm(ref, { disks: [...(target.disks ?? []), ...more] }, ctx);
  }
}

/** The question is asked, and the answer is not heard. */
const unrefused = (ctx: OperationContext): OperationContext =>
  unclaimed(ctx, () => {
    try {
      ctx.assertMayMutate();
    } catch {
      return;
    }
  });

class IgnoresRefusals extends ReferenceAdapter {
  override reconfigureVm(ref: VmRef, target: VmTarget, ctx: OperationContext): Promise<VmStatus> {
    return super.reconfigureVm(ref, target, unrefused(ctx));
  }
  override deleteVm(target: DeleteTarget, ctx: OperationContext): Promise<DeleteOutcome> {
    return super.deleteVm(target, unrefused(ctx));
  }
}

class DeletesImpatiently extends ReferenceAdapter {
  override async deleteVm(target: DeleteTarget, ctx: OperationContext): Promise<DeleteOutcome> {
    const vm = await this.findOriginal(target.ownership, ctx);
    if (vm?.building !== true && vm?.power !== 'on') return super.deleteVm(target, ctx);
    const off = (session: string): Promise<void> => this.server.power(session, vm.nativeId, 'off');
    await this.session.change(ctx, off).catch((cause: unknown) => {
      throw new HypervisorError('INVALID_POWER_STATE', 'Unable to delete', { effect: 'NONE', cause });
    });
    return super.deleteVm(target, ctx);
  }
}

class TakesTheFirstOfTwo extends ReferenceAdapter {
  protected override async findOriginal(ownership: Ownership, ctx: CallContext): Promise<ReferenceVm | undefined> {
    return (await this.findAll(ownership, ctx))[0];
  }
}

class TakesBlindnessForAbsence extends ReferenceAdapter {
  protected override requireSight(): Promise<void> {
    return Promise.resolve();
  }
}

class FindsByName extends ReferenceAdapter {
  protected override async findAll(ownership: Ownership, ctx: CallContext): Promise<ReferenceVm[]> {
    return (await super.findAll(ownership, ctx)).filter(({ name }) => name.startsWith('trial'));
  }
}

class ListsNoMoreThanFiveHundred extends ReferenceAdapter {
  override async *listVms(options: ListVmsOptions): AsyncIterable<VmPage> {
    let seen = 0;
    for await (const { rows, complete } of super.listVms(options)) {
      seen += rows.length;
      yield { rows, complete: complete || seen >= 500 };
      if (seen >= 500) return;
    }
  }
}

const opens = (changes: ReferenceAdapterOptions): typeof ReferenceAdapter =>
  class extends ReferenceAdapter {
    constructor(server: ReferenceHypervisor, options: ReferenceAdapterOptions = {}) {
      super(server, { ...options, ...changes });
    }
  };
const TrustsAnybody = opens({ trusts: true });
const KnowsNoPatience = opens({ callTimeoutMs: 50 });

class LosesItsDeadline extends ReferenceAdapter {
  constructor(server: ReferenceHypervisor) {
    super(server, { callTimeoutMs: 60_000 });
  }
  override getVmStatus(ref: VmRef, ctx: CallContext): Promise<VmStatus> {
    return super.getVmStatus(ref, { signal: ctx.signal, remainingMs: () => 60_000 + ctx.remainingMs() });
  }
}

const bugs: readonly PlantedBug[] = [
  ['names VMs by attempt', NamesVmsByAttempt, 'makes one whole VM when an attempt dies'],
  ['trusts to be the only worker', NamesVmsByAttempt, 'makes one VM when a worker was paused'],
  ['switches everything on', SwitchesEverythingOn, 'leaves a VM off that is to be created off'],
  ['takes lack of time for no effect', SaysThatNothingHappened, 'ends at once when its time runs out in the middle'],
  ['takes cancellation for no effect', SaysThatNothingHappened, 'ends soon when it is cancelled in the middle'],
  ['keeps its first session', KeepsItsFirstSession, 'finishes a creation although its session expires'],
  ['pulls the plug when asked softly', SoftForHard, 'shuts a guest down whose tools run'],
  ['insists on tools', TryForSoft, 'switches off from every state when it is to try softly'],
  ['insists on tools for a restart', TryForSoft, 'restarts a VM that is on when it is to try softly'],
  ['switches on instead of restarting', RestartForOn, 'restarts a guest whose tools run'],
  [
    'takes a lost answer for no change of power',
    SaysThatNothingHappened,
    'never says that a power change had no effect',
  ],
  ['takes a lost answer for no restart', SaysThatNothingHappened, 'calls the outcome of a restart unknown'],
  ['believes that tools run', ToolsAlwaysRun, 'does not wait for a guest agent'],
  ['takes the first address', FirstAddressIsPrimary, "chooses the address of the VM's own card"],
  ['forgets the memory', ForgetsMemory, 'grows CPUs and memory of a VM that is off'],
  ['only says that it resized', SaysThatItResized, 'grows a running VM, or refuses that'],
  ['forgets the disks', ForgetsDisks, 'grows a disk by its position'],
  ['shrinks disks', ShrinksDisks, 'refuses to shrink a disk'],
  ['adds a disk each time', AddsADiskEachTime, 'adds the disk that the target has more, once'],
  ['takes a lost answer for no resize', SaysThatNothingHappened, 'never says that a resize had no effect'],
  ['resizes on after its claim is lost', IgnoresRefusals, 'stops a resize where its claim is lost'],
  ['deletes on after its claim is lost', IgnoresRefusals, 'stops a delete where its claim is lost'],
  ['deletes without patience', DeletesImpatiently, 'deletes a VM whose creation is under way'],
  ['fails when somebody was quicker', DeletesImpatiently, 'deletes a VM once when two workers delete it at once'],
  ['takes a lost answer for no delete', SaysThatNothingHappened, 'never says that a delete had no effect'],
  ['takes the first of two', TakesTheFirstOfTwo, 'finds both VMs that bear one mark'],
  ['takes blindness for absence', TakesBlindnessForAbsence, 'never takes a VM that its account may not see'],
  ['finds by name', FindsByName, 'knows a VM again that an administrator renamed'],
  ['lists no more than 500', ListsNoMoreThanFiveHundred, 'lists a thousand VMs in pages'],
  ['trusts any certificate', TrustsAnybody, 'sends nothing to a site that shows another certificate'],
  ['never knows the effect', NeverKnowsTheEffect, 'says that the site is unreachable when nobody listens'],
  ['waits on half-open connections', LosesItsDeadline, 'ends in time when connections are accepted'],
  ['waits for a peer that is gone', LosesItsDeadline, 'recovers when the peer of its connections is gone'],
  ['knows no patience', KnowsNoPatience, 'works as ever on a site whose every answer takes its time'],
];

describe("a bug planted in a VM's life", () => {
  it.each(bugs)(
    'is caught: the adapter %s',
    async (...bug) => {
      expect(await outcomesOf(bug)).toEqual({ withBug: 'failed', honest: 'passed' });
    },
    40_000,
  );
});
