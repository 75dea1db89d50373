import type { ManagedObjectReference } from './managed.object';
import { inventorySelection } from './inventory.selection';
import { isRecord, readList, readRecord, readReference, readString, type VimRecord } from './reader';
import type { VimCaller } from './vim.caller';
import type { VimObject } from './vim.data';
import { faultFrom, VimFault } from './vim.errors';

/** What was read of one object. A property that is not set is absent. */
export interface ObjectProperties {
  readonly ref: ManagedObjectReference;
  /** Values by path, as asked for. */
  readonly properties: VimRecord;
  /** Why a path could not be read, by path. */
  readonly missing: ReadonlyMap<string, VimFault>;
}

/** How to read many objects. */
export interface RetrieveOptions {
  /** Objects per answer: parsing an answer blocks the process, 50 light objects for about 25 ms. Default 50. */
  readonly pageSize?: number;
  readonly signal?: AbortSignal;
  /** What of each page is kept, so that a large inventory never stands in memory as a whole. Default everything. */
  readonly keep?: (one: ObjectProperties) => boolean;
}

const DEFAULT_PAGE_SIZE = 50;

/**
 * Reads properties of objects. Ask for leaf properties: a leaf carries its own type and little else.
 * @see https://developer.broadcom.com/xapis/vsphere-web-services-api/latest/vmodl.query.PropertyCollector.html
 */
export class PropertyCollector {
  constructor(private readonly caller: VimCaller) {}

  /**
   * RetrievePropertiesEx, page by page with ContinueRetrievePropertiesEx; the server may page even when not asked to.
   * @param specSet PropertyFilterSpec objects
   * @throws VimFault of ContinueRetrievePropertiesEx when the session ends between two pages: begin again
   */
  async *pages(specSet: readonly VimObject[], options: RetrieveOptions = {}): AsyncGenerator<ObjectProperties[]> {
    const { propertyCollector } = await this.caller.content(options.signal);
    const call = callOptions(options.signal);
    const parameters = { specSet, options: { maxObjects: options.pageSize ?? DEFAULT_PAGE_SIZE } };
    let answer = await this.caller.call('RetrievePropertiesEx', propertyCollector, parameters, call);
    let token = readToken(answer);
    try {
      yield readObjects(answer);
      while (token !== undefined) {
        const current: string = token;
        token = undefined;
        const bound = { ...call, isSessionBound: true };
        answer = await this.caller.call('ContinueRetrievePropertiesEx', propertyCollector, { token: current }, bound);
        token = readToken(answer);
        yield readObjects(answer);
      }
    } finally {
      // The consumer left early: the server would keep the rest until the session ends.
      if (token !== undefined) await this.cancel(propertyCollector, token);
    }
  }

  /** RetrievePropertiesEx, all pages; begins again once when the session, and the token with it, ends half-way. */
  async retrieve(specSet: readonly VimObject[], options: RetrieveOptions = {}): Promise<ObjectProperties[]> {
    try {
      return await collect(this.pages(specSet, options), options.keep);
    } catch (error) {
      if (!isLostToken(error)) throw error;
      return collect(this.pages(specSet, options), options.keep);
    }
  }

  /**
   * Reads properties of one object.
   * @throws VimFault `ManagedObjectNotFound` when it is gone, or why one of the paths could not be read
   */
  async properties(ref: ManagedObjectReference, paths: readonly string[], signal?: AbortSignal): Promise<VimRecord> {
    const [found] = await this.retrieve([filterSpec([ref], paths)], callOptions(signal));
    if (!found) throw new VimFault('ManagedObjectNotFound', 'RetrievePropertiesEx', '', { obj: ref });
    const [fault] = found.missing.values();
    if (fault) throw fault;
    return found.properties;
  }

  /** Reads the same properties of many objects, some at a time. Those that are gone are left out. */
  async propertiesOfAll(
    refs: readonly ManagedObjectReference[],
    paths: readonly string[],
    options: RetrieveOptions = {},
  ): Promise<ObjectProperties[]> {
    const pageSize = options.pageSize ?? DEFAULT_PAGE_SIZE;
    const found: ObjectProperties[] = [];
    for (let start = 0; start < refs.length; start += pageSize) {
      const spec = { ...filterSpec(refs.slice(start, start + pageSize), paths), reportMissingObjectsInResults: true };
      found.push(...(await this.retrieve([spec], options)));
    }
    return found;
  }

  /**
   * Reads the whole inventory below the root folder, in one traversal and without a view.
   * @param pathsByType which properties of which types; a type stands for its subtypes too (`ComputeResource`)
   */
  async inventory(
    pathsByType: Readonly<Record<string, readonly string[]>>,
    options: RetrieveOptions = {},
  ): Promise<ObjectProperties[]> {
    const { rootFolder } = await this.caller.content(options.signal);
    const propSet = Object.entries(pathsByType).map(([type, pathSet]) => ({ type, pathSet }));
    return this.retrieve([{ propSet, objectSet: [inventorySelection(rootFolder)] }], options);
  }

  private async cancel(propertyCollector: ManagedObjectReference, token: string): Promise<void> {
    const options = { isSessionBound: true };
    await this.caller.call('CancelRetrievePropertiesEx', propertyCollector, { token }, options).catch(() => undefined);
  }
}

function filterSpec(refs: readonly ManagedObjectReference[], pathSet: readonly string[]): VimObject {
  const types = [...new Set(refs.map((ref) => ref.type))];
  return { propSet: types.map((type) => ({ type, pathSet })), objectSet: refs.map((obj) => ({ obj })) };
}

function callOptions(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

async function collect(
  pages: AsyncIterable<ObjectProperties[]>,
  keep: (one: ObjectProperties) => boolean = () => true,
): Promise<ObjectProperties[]> {
  const all: ObjectProperties[] = [];
  for await (const page of pages) all.push(...page.filter(keep));
  return all;
}

/** In a new session the server does not know the token; which fault it finds for that is its own affair. */
function isLostToken(error: unknown): boolean {
  return error instanceof VimFault && error.operation === 'ContinueRetrievePropertiesEx';
}

function readToken(answer: unknown): string | undefined {
  return readString(readRecord(answer)['token']);
}

function readObjects(answer: unknown): ObjectProperties[] {
  return readList(readRecord(answer)['objects']).filter(isRecord).flatMap(readObject);
}

function readObject({ obj, propSet, missingSet }: VimRecord): ObjectProperties[] {
  const ref = readReference(obj);
  if (!ref) return [];
  const properties = readList(propSet).map(readRecord);
  const missing = readList(missingSet).map(readRecord);
  return [
    {
      ref,
      properties: Object.fromEntries(properties.map(({ name, val }) => [readString(name) ?? '', val])),
      missing: new Map(
        missing.map(({ path, fault }) => [readString(path) ?? '', faultFrom(fault, 'RetrievePropertiesEx')]),
      ),
    },
  ];
}
