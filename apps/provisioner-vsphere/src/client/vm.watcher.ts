import { setTimeout as pause } from 'node:timers/promises';
import type { ManagedObjectReference } from './managed.object';
import { readReference } from './reader';
import { UpdatePoll, type ObjectUpdate } from './update.poll';
import type { VimCaller } from './vim.caller';
import type { VimObject } from './vim.data';
import { faultFrom, isGone, isSessionLoss, VimFault, VimTransportError } from './vim.errors';

/** How patient the watcher is, and how much it takes at once. */
export interface VmWatcherOptions {
  /** How long the server may hold the long poll. Default 60. */
  readonly maxWaitSeconds?: number;
  /** How long polls may fail in a row before the reader is told. Default 60,000. */
  readonly maxOutageMs?: number;
  /** VMs per answer: parsing one blocks the process. Default 25. */
  readonly maxUpdates?: number;
}

/**
 * What of a VM is watched: leaves, so that an answer is small. `changeVersion` stands for the whole configuration; the
 * sizes are there for a server that shows none.
 */
export const WATCHED_PATHS = [
  'name',
  'runtime.powerState',
  'runtime.connectionState',
  'config.changeVersion',
  'config.hardware.numCPU',
  'config.hardware.memoryMB',
  'guest.ipAddress',
  'snapshot.currentSnapshot',
] as const;

/** Faults after which a new collector over a new view simply goes on. */
const RESTARTS = new Set(['InvalidCollectorVersion', 'NotAuthenticated', 'RequestCanceled']);
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Tells which VMs of the vCenter change, by one long poll on a view of all of them.
 * @see https://developer.broadcom.com/xapis/vsphere-web-services-api/latest/vmodl.query.PropertyCollector.html
 */
export class VmWatcher {
  private failures = 0;
  private failingSince = 0;
  private readonly maxWaitSeconds: number;
  private readonly maxOutageMs: number;
  private readonly maxUpdates: number;

  constructor(
    private readonly caller: VimCaller,
    options: VmWatcherOptions = {},
  ) {
    this.maxWaitSeconds = options.maxWaitSeconds ?? 60;
    this.maxOutageMs = options.maxOutageMs ?? 60_000;
    this.maxUpdates = options.maxUpdates ?? 25;
  }

  /**
   * VMs that changed, came or went since the call; ends when aborted. When session, view or collector are lost it
   * begins anew, and what changed in between is not told.
   * @throws VimTransportError when polls keep failing; VimFault that only an operator can mend
   */
  async *changes(signal: AbortSignal): AsyncGenerator<ManagedObjectReference[]> {
    while (!signal.aborted) {
      try {
        yield* this.watch(signal);
      } catch (error) {
        if (isOver(signal)) return;
        await this.recover(error, signal);
      }
    }
  }

  /** Serves until something is lost. What the server shows until it has shown everything once is no news. */
  private async *watch(signal: AbortSignal): AsyncGenerator<ManagedObjectReference[]> {
    const poll = await UpdatePoll.create(this.caller, signal);
    const view = await this.createView(signal).catch(async (error: unknown) => {
      await poll.discard();
      throw error;
    });
    try {
      await poll.add(inView(view));
      for (let isNews = false; !signal.aborted;) {
        const updates = await poll.next(this.maxWaitSeconds, this.maxUpdates);
        this.failures = 0;
        refuseLoss(updates);
        if (isNews && updates.length > 0) yield distinct(updates);
        isNews ||= !poll.isTruncated;
      }
    } finally {
      await poll.discard();
      // It ends with the session anyway.
      await this.caller.call('DestroyView', view, {}, { isSessionBound: true }).catch(() => undefined);
    }
  }

  private async createView(signal: AbortSignal): Promise<ManagedObjectReference> {
    const { viewManager, rootFolder } = await this.caller.content(signal);
    const parameters = { container: rootFolder, type: ['VirtualMachine'], recursive: true };
    const view =
      viewManager && readReference(await this.caller.call('CreateContainerView', viewManager, parameters, { signal }));
    if (!view) throw new VimTransportError('UNEXPECTED_ANSWER', 'CreateContainerView', { requestSent: true });
    return view;
  }

  private async recover(error: unknown, signal: AbortSignal): Promise<void> {
    if (this.failures === 0) this.failingSince = performance.now();
    this.failures += 1;
    const isRestart = isGone(error) || (error instanceof VimFault && RESTARTS.has(error.fault));
    const isLasting = performance.now() - this.failingSince > this.maxOutageMs;
    if (isLasting || !(isRestart || isOutage(error))) throw error;
    if (isRestart && this.failures === 1) return;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.failures, LONGEST_PAUSE_MS);
    await pause(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

const isOver = ({ aborted }: AbortSignal): boolean => aborted;

/** No answer; a client that was closed never answers again. */
const isOutage = (error: unknown): boolean => error instanceof VimTransportError && error.code !== 'CLIENT_CLOSED';

function inView(view: ManagedObjectReference): VimObject {
  const step = { $type: 'TraversalSpec', name: 'view', type: 'ContainerView', path: 'view', skip: false };
  return {
    propSet: [{ type: 'VirtualMachine', pathSet: WATCHED_PATHS }],
    objectSet: [{ obj: view, skip: true, selectSet: [step] }],
  };
}

/** A session that is over may show itself by properties that cannot be read. */
function refuseLoss(updates: readonly ObjectUpdate[]): void {
  for (const { faults } of updates) {
    for (const fault of faults) {
      const loss = faultFrom(fault, 'WaitForUpdatesEx');
      if (isSessionLoss(loss)) throw loss;
    }
  }
}

const distinct = (updates: readonly ObjectUpdate[]): ManagedObjectReference[] => [
  ...new Map(updates.map(({ ref }) => [ref.value, ref])).values(),
];
