import type {
  CallContext,
  ChangeFeedFacet,
  ConsoleFacet,
  OperationContext,
  SnapshotFacet,
  VmRef,
  VmStatus,
} from '@dcm/contracts';
import { isFault } from './reference.errors';
import { snapshotsOf, statusOf } from './reference.mapper';
import type { ReferenceHypervisor, ReferenceVm } from './reference-hypervisor';
import type { ReferenceSession } from './reference.session';

/** What the facets need of their adapter. */
export interface FacetParts {
  readonly server: ReferenceHypervisor;
  readonly session: ReferenceSession;
  requireOurs(ref: VmRef, ctx: CallContext): Promise<ReferenceVm>;
  /** One call that changes something. */
  step(action: string, ctx: OperationContext, work: (session: string) => Promise<void>): Promise<void>;
}

/** A snapshot's name is the operation's own: what bears it already was made by an earlier attempt. */
export class ReferenceSnapshots implements SnapshotFacet {
  constructor(private readonly parts: FacetParts) {}

  async createSnapshot(ref: VmRef, { name }: { name: string }, ctx: OperationContext): Promise<VmStatus> {
    const vm = await this.parts.requireOurs(ref, ctx);
    if (vm.snapshots.some((one) => one.name === name)) return statusOf(vm);
    await this.change(`take snapshot ${name}`, ref, ctx, (session, { nativeId }) =>
      this.parts.server.snapshot(session, nativeId, name),
    );
    return statusOf(await this.parts.requireOurs(ref, ctx));
  }

  async revertSnapshot(ref: VmRef, name: string, ctx: OperationContext): Promise<VmStatus> {
    await this.change(`revert to snapshot ${name}`, ref, ctx, (session, { nativeId }) =>
      this.parts.server.revert(session, nativeId, name),
    );
    return statusOf(await this.parts.requireOurs(ref, ctx));
  }

  async removeSnapshot(ref: VmRef, name: string, ctx: OperationContext): Promise<VmStatus> {
    const vm = await this.parts.requireOurs(ref, ctx);
    if (!vm.snapshots.some((one) => one.name === name)) return statusOf(vm);
    await this.change(`remove snapshot ${name}`, ref, ctx, (session, { nativeId }) =>
      this.parts.server.removeSnapshot(session, nativeId, name).catch((error: unknown) => {
        if (!isFault(error, 'NoSuchSnapshot')) throw error;
      }),
    );
    return statusOf(await this.parts.requireOurs(ref, ctx));
  }

  async listSnapshots(ref: VmRef, ctx: CallContext): ReturnType<SnapshotFacet['listSnapshots']> {
    return snapshotsOf(await this.parts.requireOurs(ref, ctx));
  }

  private async change(
    action: string,
    ref: VmRef,
    ctx: OperationContext,
    work: (session: string, vm: ReferenceVm) => Promise<void>,
  ): Promise<void> {
    const vm = await this.parts.requireOurs(ref, ctx);
    await this.parts.step(`${action} of VM ${vm.name}`, ctx, (session) => work(session, vm));
  }
}

const SCREEN_LIFE_MS = 60_000;

export class ReferenceConsole implements ConsoleFacet {
  constructor(private readonly parts: FacetParts) {}

  async openConsole(ref: VmRef, ctx: CallContext): Promise<{ url: string; expiresAt: string }> {
    const { nativeId } = await this.parts.requireOurs(ref, ctx);
    const open = (session: string): Promise<string> => this.parts.server.openScreen(session, nativeId);
    const url = await this.parts.session.look('open the console', ctx, open);
    return { url, expiresAt: new Date(Date.now() + SCREEN_LIFE_MS).toISOString() };
  }
}

export class ReferenceChanges implements ChangeFeedFacet {
  constructor(private readonly parts: FacetParts) {}

  /** Ends when it is aborted. */
  async *changes(signal: AbortSignal): AsyncIterable<readonly { nativeId: string }[]> {
    const ctx: CallContext = { signal, remainingMs: () => 60_000 };
    let heard: { nativeId: string }[] = [];
    let wake = (): void => undefined;
    const tell = (nativeId: string): void => {
      heard.push({ nativeId });
      wake();
    };
    const watch = (session: string): Promise<() => void> => this.parts.server.watch(session, tell);
    const end = await this.parts.session.look('watch', ctx, watch);
    signal.addEventListener('abort', () => {
      wake();
    });
    try {
      while (!signal.aborted) {
        if (heard.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        const some = heard;
        heard = [];
        if (some.length > 0) yield some;
      }
    } finally {
      end();
    }
  }
}
