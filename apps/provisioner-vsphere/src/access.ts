import { setTimeout as pause } from 'node:timers/promises';
import type { CallContext } from '@dcm/contracts';
import { reference, type ManagedObjectReference } from './client/managed.object';
import { viewSelection } from './client/inventory.selection';
import type { ObjectProperties } from './client/property.collector';
import { readReference, type VimRecord } from './client/reader';
import type { VimClient } from './client/vim.client';
import type { VimObject } from './client/vim.data';
import { VimTransportError } from './client/vim.errors';
import { MACHINE_PATHS, readMachine, type Machine } from './machine.mapper';
import { isGoneObject, Refused } from './vsphere.errors';

/** Node's timers know no longer time. */
export const LONGEST_TIMER_MS = 2_147_483_647;

/** Bare references are light: parsing so many blocks the process for a few milliseconds. */
const REFERENCES_PER_PAGE = 200;

/** A VM by its native id, which is its moref. */
export const vmReference = (nativeId: string): ManagedObjectReference => reference('VirtualMachine', nativeId);

/** Reading from one vCenter on behalf of one call of the port: within its time, and until its caller withdraws. */
export class Access {
  /** Aborts when the caller withdraws (with the caller's reason) or its time is up (with a TimeoutError). */
  readonly signal: AbortSignal;

  constructor(
    readonly client: VimClient,
    private readonly context: CallContext,
  ) {
    const left = Math.ceil(context.remainingMs());
    const deadline = AbortSignal.timeout(Math.min(Math.max(0, left), LONGEST_TIMER_MS));
    this.signal = AbortSignal.any([context.signal, deadline]);
  }

  /** Milliseconds left. */
  remainingMs(): number {
    return this.context.remainingMs();
  }

  /** Makes a call that changes nothing. @throws VimFault, VimTransportError, Refused BUDGET_EXHAUSTED */
  async read(operation: string, target: ManagedObjectReference, parameters: VimObject = {}): Promise<unknown> {
    this.requireTime();
    return this.client.call(operation, target, parameters, { signal: this.signal });
  }

  /** Reads properties of one object. @throws VimFault `ManagedObjectNotFound` when it is gone */
  async properties(ref: ManagedObjectReference, paths: readonly string[]): Promise<VimRecord> {
    this.requireTime();
    return this.client.properties.properties(ref, paths, this.signal);
  }

  /**
   * Reads the same properties of many objects; those that are gone are left out.
   * @throws VimFault when one of them may not be read: what cannot be seen must not pass for unset
   */
  async propertiesOfAll(
    refs: readonly ManagedObjectReference[],
    paths: readonly string[],
    pageSize = 50,
  ): Promise<ObjectProperties[]> {
    this.requireTime();
    const found = await this.client.properties.propertiesOfAll(refs, paths, { signal: this.signal, pageSize });
    for (const { missing } of found) for (const fault of missing.values()) throw fault;
    return found;
  }

  /** Reads the whole inventory below the root folder, and keeps what is wanted of it. */
  async inventory(
    pathsByType: Readonly<Record<string, readonly string[]>>,
    keep: (one: ObjectProperties) => boolean = () => true,
  ): Promise<ObjectProperties[]> {
    this.requireTime();
    return this.client.properties.inventory(pathsByType, { signal: this.signal, keep });
  }

  /** Reads a VM; undefined when it is gone. */
  async machine(ref: ManagedObjectReference): Promise<Machine | undefined> {
    try {
      return readMachine({ ref, properties: await this.properties(ref, MACHINE_PATHS) });
    } catch (error) {
      if (isGoneObject(error, ref)) return undefined;
      throw error;
    }
  }

  /** Reads some VMs; those that are gone are left out. */
  async machines(refs: readonly ManagedObjectReference[]): Promise<Machine[]> {
    return refs.length === 0 ? [] : (await this.propertiesOfAll(refs, MACHINE_PATHS, 10)).map(readMachine);
  }

  /** References of every VM and template of the vCenter, as of one moment; those in vApps too. */
  async allVms(): Promise<ManagedObjectReference[]> {
    const { viewManager, rootFolder } = await this.client.content(this.signal);
    if (viewManager === undefined) throw unexpected('RetrieveServiceContent');
    const parameters = { container: rootFolder, type: ['VirtualMachine'], recursive: true };
    const members = async (): Promise<ManagedObjectReference[] | undefined> => {
      const view = readReference(await this.read('CreateContainerView', viewManager, parameters));
      if (view === undefined) throw unexpected('CreateContainerView');
      return this.membersOf(view);
    };
    const found = (await members()) ?? (await members());
    // An empty list would pass for an empty vCenter.
    if (found === undefined) throw unexpected('RetrievePropertiesEx');
    return found;
  }

  /** Reads a view, some references at a time, and gives it back; undefined when it was lost with its session. */
  private async membersOf(view: ManagedObjectReference): Promise<ManagedObjectReference[] | undefined> {
    const options = { signal: this.signal, pageSize: REFERENCES_PER_PAGE };
    try {
      const found = await this.client.properties.retrieve([viewSelection(view, 'VirtualMachine')], options);
      const own = found.find(({ ref }) => ref.value === view.value);
      for (const fault of own?.missing.values() ?? []) throw fault;
      return own === undefined ? undefined : found.filter((one) => one !== own).map(({ ref }) => ref);
    } catch (error) {
      if (isGoneObject(error, view)) return undefined;
      throw error;
    } finally {
      // It ends with the session anyway.
      await this.client.call('DestroyView', view, {}, { isSessionBound: true }).catch(() => undefined);
    }
  }

  /** Waits before looking again. @throws Refused BUDGET_EXHAUSTED, VimTransportError `ABORTED` */
  async pause(ms: number): Promise<void> {
    this.requireTime();
    await pause(ms, undefined, { signal: this.signal }).catch(() => {
      throw new VimTransportError('ABORTED', 'wait', { requestSent: false });
    });
  }

  /** @throws VimTransportError `ABORTED` when the caller has withdrawn */
  requireCaller(): void {
    if (this.signal.aborted) throw new VimTransportError('ABORTED', 'go on', { requestSent: false });
  }

  /** @throws Refused BUDGET_EXHAUSTED when no time is left */
  requireTime(): void {
    if (this.remainingMs() > 0) return;
    throw new Refused('BUDGET_EXHAUSTED', 'the time for it is up');
  }
}

const unexpected = (operation: string): VimTransportError =>
  new VimTransportError('UNEXPECTED_ANSWER', operation, { requestSent: true });
