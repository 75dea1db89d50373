import {
  HypervisorError,
  type CallContext,
  type DeleteOutcome,
  type ListVmsOptions,
  type OperationContext,
  type Ownership,
  type Plan,
  type PowerAction,
  type ProvisionedVm,
  type ResolvedVm,
  type ResourcePool,
  type VmPage,
  type VmRef,
  type VmSpec,
  type VmStatus,
} from '@dcm/contracts';
import { outcomesOf, unclaimed, type PlantedBug } from './planted';
import { ReferenceAdapter } from './reference/reference.adapter';
import type { ReferenceHypervisor } from './reference/reference-hypervisor';
import { type ReferenceVm } from './reference/reference-hypervisor';

class CreatesWithoutLooking extends ReferenceAdapter {
  override async provisionVm({ spec }: ResolvedVm, ctx: OperationContext): Promise<ProvisionedVm> {
    const { vm, how } = await this.create(spec, ctx);
    return { how, status: await this.finish(vm, spec, ctx) };
  }

  protected override findOriginal(): Promise<ReferenceVm | undefined> {
    return Promise.resolve(undefined);
  }
}

class DeletesWithoutCheckingTheMark extends ReferenceAdapter {
  override async deleteVm(
    target: { ownership: Ownership; nativeIds: readonly string[] },
    ctx: OperationContext,
  ): Promise<DeleteOutcome> {
    const [nativeId] = target.nativeIds;
    if (nativeId === undefined) return super.deleteVm(target, ctx);
    await this.session.change(ctx, (session) => this.server.power(session, nativeId, 'off').catch(() => undefined));
    await this.session.change(ctx, (session) => this.server.destroy(session, nativeId).catch(() => undefined));
    return 'DELETED';
  }
}

class IgnoresTheClaim extends ReferenceAdapter {
  override provisionVm(vm: ResolvedVm, ctx: OperationContext): Promise<ProvisionedVm> {
    return super.provisionVm(vm, unclaimed(ctx));
  }
  override powerCycle(ref: VmRef, action: PowerAction, ctx: OperationContext): Promise<VmStatus> {
    return super.powerCycle(ref, action, unclaimed(ctx));
  }
}

class AsksOnlyOnce extends ReferenceAdapter {
  override provisionVm(vm: ResolvedVm, ctx: OperationContext): Promise<ProvisionedVm> {
    let hasAsked = false;
    const once = (): void => {
      if (!hasAsked) ctx.assertMayMutate();
      hasAsked = true;
    };
    return super.provisionVm(vm, unclaimed(ctx, once));
  }
}

class AdoptsByName extends ReferenceAdapter {
  protected override async create(
    spec: VmSpec,
    ctx: OperationContext,
  ): Promise<{ vm: ReferenceVm; how: ProvisionedVm['how'] }> {
    const holder = [...this.server.everything.values()].find((vm) => vm.name === spec.platformName);
    return holder === undefined ? super.create(spec, ctx) : { vm: holder, how: 'adopted' };
  }
  protected override requireOurs({ nativeId }: VmRef): Promise<ReferenceVm> {
    const vm = this.server.everything.get(nativeId);
    return vm === undefined ? Promise.reject(new Error('gone')) : Promise.resolve(vm);
  }
}

class TakesSilenceForFailure extends ReferenceAdapter {
  override async provisionVm(vm: ResolvedVm, ctx: OperationContext): Promise<ProvisionedVm> {
    let asked = 0;
    try {
      return await super.provisionVm(
        vm,
        unclaimed(ctx, () => {
          asked += 1;
          if (asked === 1) this.server.losesCreateAnswer = false;
          if (asked === 1) throw new Error('socket hang up');
        }),
      );
    } catch (cause) {
      throw new HypervisorError('SITE_UNREACHABLE', 'Unable to create', { effect: 'NONE', cause });
    }
  }
}

class LogsInAgainAndAgain extends ReferenceAdapter {
  override async listResources(ctx: CallContext): Promise<ResourcePool[]> {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await this.server.login('wrong').catch(() => undefined);
    }
    return super.listResources(ctx);
  }
}

class NeverLogsInAgain extends ReferenceAdapter {
  private only: Promise<string> | undefined;
  override async getVmStatus(ref: VmRef, ctx: CallContext): Promise<VmStatus> {
    this.only ??= this.server.login('reference');
    await this.server.list(await this.only);
    return super.getVmStatus(ref, ctx);
  }
}

class DropsUnknownKeys extends ReferenceAdapter {
  override plan(spec: VmSpec, ctx: CallContext): Promise<Plan> {
    return super.plan({ ...spec, metadata: {} }, ctx);
  }
}

class TakesCopiesForOriginals extends ReferenceAdapter {
  protected override async findAll(ownership: Ownership, ctx: CallContext): Promise<ReferenceVm[]> {
    const all = await this.session.look('list', ctx, (session) => this.server.list(session));
    return all.filter((vm) => vm.mark?.includes(ownership.instance));
  }
}

class CallsEveryPageComplete extends ReferenceAdapter {
  override async *listVms(options: ListVmsOptions): AsyncIterable<VmPage> {
    for await (const page of super.listVms(options)) yield { ...page, complete: true };
  }
}

class EndsAListingQuietly extends ReferenceAdapter {
  override async *listVms(options: ListVmsOptions): AsyncIterable<VmPage> {
    for await (const page of super.listVms({ ...options, signal: new AbortController().signal })) {
      if (options.signal.aborted) return;
      yield page;
    }
  }
}

class RepeatsARestart extends ReferenceAdapter {
  override powerCycle(ref: VmRef, action: PowerAction, ctx: OperationContext): Promise<VmStatus> {
    const first = {
      ...unclaimed(ctx, () => {
        ctx.assertMayMutate();
      }),
      attempt: 1,
    };
    return super.powerCycle(ref, action, first);
  }
}

class AdoptsWhatIsHalfDone extends ReferenceAdapter {
  override async provisionVm(vm: ResolvedVm, ctx: OperationContext): Promise<ProvisionedVm> {
    const found = await this.findOriginal(ctx.ownership, ctx);
    if (found === undefined) return super.provisionVm(vm, ctx);
    return { how: 'adopted', status: await this.finish(found, { ...vm.spec, poweredOn: false }, ctx) };
  }
}

class WaitsForEver extends ReferenceAdapter {
  constructor(server: ReferenceHypervisor) {
    super(server, { callTimeoutMs: 60_000 });
  }
  override getVmStatus(ref: VmRef, ctx: CallContext): Promise<VmStatus> {
    return super.getVmStatus(ref, {
      signal: new AbortController().signal,
      remainingMs: () => 60_000 + ctx.remainingMs(),
    });
  }
}

class ForgetsTheSilence extends ReferenceAdapter {
  protected override madeAfterAll(_error: unknown, ctx: OperationContext): Promise<ReferenceVm | undefined> {
    return this.findOriginal(ctx.ownership, ctx);
  }
}

class TakesAFailedLookForNoEffect extends ReferenceAdapter {
  override async provisionVm(vm: ResolvedVm, ctx: OperationContext): Promise<ProvisionedVm> {
    try {
      return await super.provisionVm(vm, ctx);
    } catch (error) {
      if (!(error instanceof HypervisorError) || error.effect !== 'PARTIAL') throw error;
      throw new HypervisorError(error.reason, error.message, { effect: 'NONE', cause: error });
    }
  }
}

/** Each bug with the behaviour that must catch it. */
const bugs: readonly PlantedBug[] = [
  ['creates without looking', CreatesWithoutLooking, 'adopts the VM that an earlier attempt made'],
  ['deletes without checking the mark', DeletesWithoutCheckingTheMark, 'leaves a VM alone from which an administrator'],
  ['deletes what another installation owns', DeletesWithoutCheckingTheMark, 'leaves a VM alone that another'],
  ['deletes a stranger', DeletesWithoutCheckingTheMark, 'leaves a VM alone that bears no mark'],
  ['ignores assertMayMutate', IgnoresTheClaim, 'changes nothing once its claim is refused'],
  ['ignores a cancelled operation', IgnoresTheClaim, 'stops in the middle when its claim is lost'],
  ['asks for its claim only once', AsksOnlyOnce, 'asks for its claim before each call'],
  ['adopts by name', AdoptsByName, 'refuses to create where a stranger holds the name'],
  ['takes silence for failure', TakesSilenceForFailure, 'makes one VM when the answer to the creation is lost'],
  ['loops on a wrong password', LogsInAgainAndAgain, 'says that its credentials are wrong after one attempt'],
  ['never logs in again', NeverLogsInAgain, 'logs in again by itself when its session has expired'],
  ['drops unknown metadata keys', DropsUnknownKeys, 'names the metadata key that it does not know'],
  ['takes copies for originals', TakesCopiesForOriginals, "takes an administrator's copy of a VM for a stranger"],
  ['calls every page complete', CallsEveryPageComplete, 'lists every VM in pages'],
  ['ends an aborted listing quietly', EndsAListingQuietly, 'never calls a listing complete that was broken off'],
  ['repeats a restart', RepeatsARestart, 'never repeats a restart'],
  ['leaves an adopted VM half done', AdoptsWhatIsHalfDone, 'finishes what an earlier attempt left off'],
  [
    'forgets silence for a look that fails',
    ForgetsTheSilence,
    'does not say that nothing happened when the site falls',
  ],
  [
    'takes a failed look for no effect',
    TakesAFailedLookForNoEffect,
    'does not say that nothing happened when the site',
  ],
  ['knows no deadline', WaitsForEver, 'ends in time when the site hangs'],
];

describe('a planted bug', () => {
  it.each(bugs)(
    'is caught: the adapter %s',
    async (...bug) => {
      expect(await outcomesOf(bug)).toEqual({ withBug: 'failed', honest: 'passed' });
    },
    30_000,
  );
});
