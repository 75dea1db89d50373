import type { ConsoleFacet, OperationContext, SnapshotFacet, VmRef, VmStatus } from '@dcm/contracts';
import { HypervisorError } from '@dcm/contracts';
import { outcomesOf, type AdapterClass, type PlantedBug } from './planted';
import { ReferenceAdapter } from './reference/reference.adapter';

type Honest = SnapshotFacet;

/** An adapter whose snapshots are honest but for some methods. */
const snapshots = (bug: (honest: Honest, adapter: ReferenceAdapter) => Partial<SnapshotFacet>): AdapterClass =>
  class extends ReferenceAdapter {
    private readonly honest = (this as ReferenceAdapter).snapshots;
    override readonly snapshots: SnapshotFacet = {
      createSnapshot: (...of) => this.honest.createSnapshot(...of),
      revertSnapshot: (...of) => this.honest.revertSnapshot(...of),
      removeSnapshot: (...of) => this.honest.removeSnapshot(...of),
      listSnapshots: (...of) => this.honest.listSnapshots(...of),
      ...bug(this.honest, this),
    };
  };

const TakesAnotherEachTime = snapshots((honest) => ({
  createSnapshot: (ref, snapshot, ctx) =>
    honest.createSnapshot(ref, { ...snapshot, name: `${snapshot.name}-${ctx.attempt}` }, ctx),
}));

const SaysNoEffect = snapshots((honest) => ({
  createSnapshot: (...of) =>
    honest.createSnapshot(...of).catch((cause: unknown) => {
      throw new HypervisorError('CALL_TIMEOUT', 'Unable to take a snapshot', { effect: 'NONE', cause });
    }),
}));

const onlyReads =
  (adapter: ReferenceAdapter) =>
  (ref: VmRef, _name: string, ctx: OperationContext): Promise<VmStatus> =>
    adapter.getVmStatus(ref, ctx);
const OnlySaysThatItReverts = snapshots((_, adapter) => ({ revertSnapshot: onlyReads(adapter) }));
const OnlySaysThatItRemoves = snapshots((_, adapter) => ({ removeSnapshot: onlyReads(adapter) }));

const RemovesWhatStandsOnIt = snapshots((honest) => ({
  removeSnapshot: async (ref, name, ctx) => {
    const names = (await honest.listSnapshots(ref, ctx)).map((one) => one.name);
    const from = names.indexOf(name);
    for (const one of from < 0 ? [] : names.slice(from + 1)) await honest.removeSnapshot(ref, one, ctx);
    return honest.removeSnapshot(ref, name, ctx);
  },
}));

class OpensOneConsoleForAll extends ReferenceAdapter {
  override readonly console: ConsoleFacet = {
    openConsole: () =>
      Promise.resolve({ url: 'wss://reference.example/screen', expiresAt: new Date(Date.now() + 1_000).toISOString() }),
  };
}

class DeletesOnlyWithoutSnapshots extends ReferenceAdapter {
  override async deleteVm(
    ...[target, ctx]: Parameters<ReferenceAdapter['deleteVm']>
  ): ReturnType<ReferenceAdapter['deleteVm']> {
    const vm = await this.findOriginal(target.ownership, ctx);
    if (vm === undefined || vm.snapshots.length === 0) return super.deleteVm(target, ctx);
    throw new HypervisorError('UNSUPPORTED', 'Unable to delete: it has snapshots', { effect: 'NONE' });
  }
}

class TellsNothing extends ReferenceAdapter {
  override readonly changes = {
    // eslint-disable-next-line @typescript-eslint/require-await -- a feed that ends at once
    changes: async function* (): AsyncIterable<readonly { nativeId: string }[]> {
      yield [];
    },
  };
}

const bugs: readonly PlantedBug[] = [
  ['takes another snapshot each time', TakesAnotherEachTime, 'takes a snapshot, with a name and a description'],
  ['takes a lost answer for no snapshot', SaysNoEffect, 'makes one snapshot when the answer is lost'],
  ['only says that it reverts', OnlySaysThatItReverts, 'leads a VM back to the state of a snapshot'],
  ['takes an unknown snapshot for reached', OnlySaysThatItReverts, 'refuses to revert to a snapshot that is not there'],
  ['only says that it removes', OnlySaysThatItRemoves, 'removes one snapshot and keeps those that stand on it'],
  ['removes what stands on a snapshot', RemovesWhatStandsOnIt, 'removes one snapshot and keeps those that stand on it'],
  ['deletes nothing that has snapshots', DeletesOnlyWithoutSnapshots, 'deletes a VM that has snapshots'],
  ['opens one console for all', OpensOneConsoleForAll, 'opens the console of a VM that is on'],
  ['tells nothing', TellsNothing, 'tells that a VM changed when an administrator changes it'],
];

describe('a bug planted in snapshots, console or change feed', () => {
  it.each(bugs)(
    'is caught: the adapter %s',
    async (...bug) => {
      expect(await outcomesOf(bug)).toEqual({ withBug: 'failed', honest: 'passed' });
    },
    40_000,
  );
});
