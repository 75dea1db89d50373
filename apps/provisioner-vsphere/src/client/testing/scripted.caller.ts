import { reference, type ManagedObjectReference } from '../managed.object';
import type { ServiceContent } from '../service.content';
import type { CallOptions, VimCaller } from '../vim.caller';
import type { VimObject } from '../vim.data';

/** One call that was made. */
export interface RecordedCall {
  readonly operation: string;
  readonly target: ManagedObjectReference;
  readonly parameters: VimObject;
  readonly options: CallOptions;
}

/** What a test answers to one operation; to throw is to answer with a fault. */
export type Answer = (call: RecordedCall) => unknown;

const CONTENT: ServiceContent = {
  about: { fullName: 'vCenter', version: '8.0.2', build: '1', apiVersion: '8.0.2.0', instanceUuid: 'uuid' },
  rootFolder: reference('Folder', 'group-d1'),
  propertyCollector: reference('PropertyCollector', 'propertyCollector'),
  sessionManager: reference('SessionManager', 'SessionManager'),
  searchIndex: reference('SearchIndex', 'SearchIndex'),
  authorizationManager: undefined,
  eventManager: undefined,
  setting: undefined,
  taskManager: undefined,
  viewManager: reference('ViewManager', 'ViewManager'),
};

/** A caller without a server: each operation is answered by the test, for what no simulator can be made to do. */
export class ScriptedCaller implements VimCaller {
  readonly calls: RecordedCall[] = [];

  /** @param answers by operation */
  constructor(private readonly answers: Readonly<Record<string, Answer>>) {}

  /** Records the call and answers it. */
  call(
    operation: string,
    target: ManagedObjectReference,
    parameters: VimObject = {},
    options: CallOptions = {},
  ): Promise<unknown> {
    const call = { operation, target, parameters, options };
    this.calls.push(call);
    const answer = this.answers[operation];
    if (!answer) throw new Error(`The test has no answer to ${operation}`);
    return Promise.resolve().then(() => answer(call));
  }

  /** The same content always. */
  content(): Promise<ServiceContent> {
    return Promise.resolve(CONTENT);
  }

  /** How often an operation was called. */
  count(operation: string): number {
    return this.calls.filter((call) => call.operation === operation).length;
  }
}
