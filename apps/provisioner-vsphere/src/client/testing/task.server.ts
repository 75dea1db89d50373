import { reference, type ManagedObjectReference } from '../managed.object';
import type { VimRecord } from '../reader';
import { VimFault, VimTransportError } from '../vim.errors';
import { ScriptedCaller, type RecordedCall } from './scripted.caller';

interface Filter {
  readonly task: string;
  isNew: boolean;
}

interface Collector {
  readonly filters: Map<string, Filter>;
  readonly updates: { task: string; kind: string; changes: VimRecord }[];
  wake: () => void;
  /** Its poll is on a connection whose peer is gone. */
  isCutOff: boolean;
}

/** Tasks and the collectors that watch them, as a vCenter keeps them; a test moves the tasks and breaks calls. */
export class TaskServer {
  readonly caller: ScriptedCaller;
  /** Polls that are waiting now. */
  openPolls = 0;
  /** The most that ever waited at once. */
  mostPolls = 0;
  private readonly tasks = new Map<string, VimRecord>();
  private readonly collectors = new Map<string, Collector>();
  private readonly failures = new Map<string, Error[]>();
  private serial = 0;

  constructor() {
    this.caller = new ScriptedCaller({
      RetrievePropertiesEx: this.guard((call) => this.retrieve(call)),
      CreatePropertyCollector: this.guard(() => this.createCollector()),
      CreateFilter: this.guard((call) => this.createFilter(call)),
      DestroyPropertyFilter: this.guard(({ target }) => {
        for (const { filters } of this.collectors.values()) filters.delete(target.value);
      }),
      DestroyPropertyCollector: this.guard(({ target }) => {
        this.collectors.delete(target.value);
      }),
      WaitForUpdatesEx: this.guard((call) => this.poll(call)),
    });
  }

  /** Starts a task. */
  start(properties: VimRecord = {}): ManagedObjectReference {
    this.serial += 1;
    const task = reference('Task', `task-${this.serial}`);
    this.tasks.set(task.value, { 'info.state': 'running', ...properties });
    return task;
  }

  /** Changes a task and tells who watches it. */
  change(task: ManagedObjectReference, changes: VimRecord): void {
    this.changeQuietly(task, changes);
    this.tell(task, 'modify', changes);
  }

  /** Changes a task and tells nobody. */
  changeQuietly(task: ManagedObjectReference, changes: VimRecord): void {
    this.tasks.set(task.value, { ...this.tasks.get(task.value), ...changes });
  }

  /** Tells watchers something about a task without changing it. */
  tell(task: ManagedObjectReference, kind: string, changes: VimRecord = {}): void {
    for (const collector of this.collectors.values()) {
      collector.updates.push({ task: task.value, kind, changes });
      collector.wake();
    }
  }

  /** Removes a task, as a vCenter does ten minutes after its end. */
  forget(task: ManagedObjectReference): void {
    this.tasks.delete(task.value);
    this.tell(task, 'leave');
  }

  /** Makes the next call of an operation fail; a poll that is waiting fails now. */
  failNext(operation: string, ...errors: Error[]): void {
    this.failures.set(operation, [...(this.failures.get(operation) ?? []), ...errors]);
    for (const collector of this.collectors.values()) collector.wake();
  }

  /** Whoever waits now gets no answer any more; calls that follow do. */
  cutOff(): void {
    for (const collector of this.collectors.values()) {
      collector.isCutOff = true;
      collector.wake();
    }
  }

  /** Ends the session: its collectors and filters are gone. */
  endSession(): void {
    const lost = [...this.collectors.values()];
    this.collectors.clear();
    for (const collector of lost) collector.wake();
  }

  /** How many filters exist. */
  get filters(): number {
    return [...this.collectors.values()].reduce((sum, { filters }) => sum + filters.size, 0);
  }

  private guard(answer: (call: RecordedCall) => unknown): (call: RecordedCall) => unknown {
    return (call) => {
      const failure = this.failures.get(call.operation)?.shift();
      if (failure) throw failure;
      return answer(call);
    };
  }

  private retrieve({ parameters }: RecordedCall): unknown {
    const [spec] = parameters['specSet'] as [{ objectSet: [{ obj: ManagedObjectReference }] }];
    const { obj } = spec.objectSet[0];
    const properties = this.tasks.get(obj.value);
    if (!properties) throw new VimFault('ManagedObjectNotFound', 'RetrievePropertiesEx', '', { obj });
    return { objects: [{ obj, propSet: Object.entries(properties).map(([name, val]) => ({ name, val })) }] };
  }

  private createCollector(): ManagedObjectReference {
    this.serial += 1;
    const value = `collector-${this.serial}`;
    this.collectors.set(value, { filters: new Map(), updates: [], wake: () => undefined, isCutOff: false });
    return reference('PropertyCollector', value);
  }

  private createFilter({ target, parameters }: RecordedCall): ManagedObjectReference {
    const collector = this.collectorOf(target);
    const spec = parameters['spec'] as { objectSet: [{ obj: ManagedObjectReference }] };
    this.serial += 1;
    const filter = reference('PropertyFilter', `filter-${this.serial}`);
    collector.filters.set(filter.value, { task: spec.objectSet[0].obj.value, isNew: true });
    collector.wake();
    return filter;
  }

  private async poll({ target, parameters, options }: RecordedCall): Promise<unknown> {
    const collector = this.collectorOf(target);
    if (parameters['version'] === '') for (const filter of collector.filters.values()) filter.isNew = true;
    this.openPolls += 1;
    this.mostPolls = Math.max(this.mostPolls, this.openPolls);
    try {
      const { maxWaitSeconds } = parameters['options'] as { maxWaitSeconds: number };
      return await this.nextUpdate(target, collector, { until: Date.now() + maxWaitSeconds * 1000, ...options });
    } finally {
      this.openPolls -= 1;
    }
  }

  private async nextUpdate(
    target: ManagedObjectReference,
    collector: Collector,
    { until, signal, timeoutMs = Infinity }: { until: number; signal?: AbortSignal; timeoutMs?: number },
  ): Promise<unknown> {
    const givesUpAt = Date.now() + timeoutMs;
    for (;;) {
      const failure = this.failures.get('WaitForUpdatesEx')?.shift();
      if (failure) throw failure;
      this.collectorOf(target);
      if (collector.isCutOff) return await silence(givesUpAt - Date.now());
      const objectSet = takeUpdates(collector, this.tasks);
      if (objectSet.length > 0) return { version: '1', filterSet: [{ objectSet }] };
      const leftMs = until - Date.now();
      if (leftMs <= 0) return undefined;
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(resolve, leftMs);
        collector.wake = () => {
          clearTimeout(timer);
          resolve();
        };
        signal?.addEventListener('abort', () => {
          reject(new VimTransportError('ABORTED', 'WaitForUpdatesEx', { requestSent: true }));
        });
      });
    }
  }

  private collectorOf(target: ManagedObjectReference): Collector {
    const collector = this.collectors.get(target.value);
    if (!collector) throw new VimFault('ManagedObjectNotFound', 'WaitForUpdatesEx', '', { obj: target });
    return collector;
  }
}

/** No answer comes until the caller gives up. */
async function silence(ms: number): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  throw new VimTransportError('TIMEOUT', 'WaitForUpdatesEx', { requestSent: true });
}

function takeUpdates(collector: Collector, tasks: ReadonlyMap<string, VimRecord>): unknown[] {
  const watched = new Set([...collector.filters.values()].map((filter) => filter.task));
  const changed = collector.updates.splice(0).filter((update) => watched.has(update.task));
  const entered = [...collector.filters.values()].filter((filter) => filter.isNew);
  for (const filter of entered) filter.isNew = false;
  return [
    ...entered.map(({ task }) => objectUpdate('enter', task, tasks.get(task) ?? {})),
    ...changed.map(({ kind, task, changes }) => objectUpdate(kind, task, changes)),
  ];
}

function objectUpdate(kind: string, task: string, changes: VimRecord): unknown {
  const changeSet = Object.entries(changes).map(([name, val]) => ({ name, op: 'assign', val }));
  return { kind, obj: reference('Task', task), changeSet };
}
