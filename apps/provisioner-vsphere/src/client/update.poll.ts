import type { ManagedObjectReference } from './managed.object';
import { isRecord, readBoolean, readList, readRecord, readReference, readString, type VimRecord } from './reader';
import { TASK_PATHS } from './task.info';
import type { VimCaller } from './vim.caller';
import type { VimObject } from './vim.data';
import { isGone } from './vim.errors';

/** Changes of one watched object. */
export interface ObjectUpdate {
  readonly ref: ManagedObjectReference;
  /** `leave` and `missing`: the object is no more. */
  readonly kind: 'enter' | 'modify' | 'leave' | 'missing';
  readonly changeSet: readonly unknown[];
  /** Why a property cannot be read: LocalizedMethodFault objects. */
  readonly faults: readonly unknown[];
}

const POLL_MARGIN_MS = 15_000;

/**
 * One property collector of its own with the filters and the version that belong to it. It serves until its first
 * failure and is then thrown away: a poll whose answer was lost may have taken updates along, and a new collector
 * begins with the present state of everything.
 * @see https://developer.broadcom.com/xapis/vsphere-web-services-api/latest/vmodl.query.PropertyCollector.html
 */
export class UpdatePoll {
  /** Whether the last answer left something out: the next one comes at once. */
  isTruncated = false;
  private version = '';
  private readonly leaving = new AbortController();

  private constructor(
    private readonly caller: VimCaller,
    private readonly collector: ManagedObjectReference,
    private readonly signal?: AbortSignal,
  ) {}

  /** CreatePropertyCollector. @param signal makes an open poll return (`ABORTED`) */
  static async create(caller: VimCaller, signal?: AbortSignal): Promise<UpdatePoll> {
    const { propertyCollector } = await caller.content(signal);
    const options = signal === undefined ? {} : { signal };
    const collector = readReference(await caller.call('CreatePropertyCollector', propertyCollector, {}, options));
    if (!collector) throw new Error('CreatePropertyCollector returned no reference');
    return new UpdatePoll(caller, collector, signal);
  }

  /** Watches one task. */
  watch(task: ManagedObjectReference): Promise<ManagedObjectReference | undefined> {
    return this.add({
      propSet: [{ type: 'Task', pathSet: TASK_PATHS }],
      objectSet: [{ obj: task }],
      reportMissingObjectsInResults: true,
    });
  }

  /** CreateFilter for a PropertyFilterSpec; a poll that is open at the time answers at once. */
  async add(spec: VimObject): Promise<ManagedObjectReference | undefined> {
    const parameters = { spec, partialUpdates: false };
    return readReference(await this.caller.call('CreateFilter', this.collector, parameters, { isSessionBound: true }));
  }

  /** DestroyPropertyFilter; a filter that is gone already is as good. */
  async unwatch(filter: ManagedObjectReference): Promise<void> {
    await this.caller.call('DestroyPropertyFilter', filter, {}, { isSessionBound: true }).catch(() => undefined);
  }

  /**
   * WaitForUpdatesEx: returns at the first change, or empty-handed after the given time.
   * @param maxObjectUpdates how many objects one answer may tell of; `isTruncated` says that there are more
   */
  async next(maxWaitSeconds: number, maxObjectUpdates?: number): Promise<ObjectUpdate[]> {
    const parameters = { version: this.version, options: { maxWaitSeconds, maxObjectUpdates } };
    const answer = await this.caller.call('WaitForUpdatesEx', this.collector, parameters, {
      timeoutMs: maxWaitSeconds * 1000 + POLL_MARGIN_MS,
      signal: this.signal ? AbortSignal.any([this.leaving.signal, this.signal]) : this.leaving.signal,
      isSessionBound: true,
      isLongPoll: true,
    });
    this.isTruncated = false;
    if (answer === undefined) return [];
    const { version, filterSet, truncated } = readRecord(answer);
    this.isTruncated = readBoolean(truncated) ?? false;
    this.version = readString(version) ?? '';
    return readList(filterSet).filter(isRecord).flatMap(readFilterUpdate);
  }

  /** Whether an error says that the server does not know this collector (any more). */
  isGone(error: unknown): boolean {
    return isGone(error, this.collector);
  }

  /** Makes an open poll return (`ABORTED`), and removes collector and filters from the server (DestroyPropertyCollector). */
  async discard(): Promise<void> {
    this.leaving.abort();
    const options = { isSessionBound: true };
    await this.caller.call('DestroyPropertyCollector', this.collector, {}, options).catch(() => undefined);
  }
}

function readFilterUpdate({ objectSet, missingSet }: VimRecord): ObjectUpdate[] {
  return [
    ...readList(objectSet).map(readRecord).flatMap(readObjectUpdate),
    ...readList(missingSet)
      .map(readRecord)
      .flatMap(({ obj }) => withReference(obj, { kind: 'missing', changeSet: [], faults: [] })),
  ];
}

function readObjectUpdate({ kind, obj, changeSet, missingSet }: VimRecord): ObjectUpdate[] {
  return withReference(obj, {
    kind: kind === 'leave' || kind === 'enter' ? kind : 'modify',
    changeSet: readList(changeSet),
    faults: readList(missingSet).map((missing) => readRecord(missing)['fault']),
  });
}

function withReference(obj: unknown, update: Omit<ObjectUpdate, 'ref'>): ObjectUpdate[] {
  const ref = readReference(obj);
  return ref ? [{ ref, ...update }] : [];
}
