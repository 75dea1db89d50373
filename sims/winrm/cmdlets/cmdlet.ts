import type { Checkpoint } from '../model/checkpoint';
import type { Cloud } from '../model/cloud';
import type { AdapterConfiguration, DiskConfiguration, VmConfiguration } from '../model/configuration';
import type { VirtualDiskDrive, VirtualDvdDrive, VirtualNetworkAdapter } from '../model/devices';
import { VmmError } from '../model/errors';
import type { Host, HostCluster } from '../model/host';
import type { Job } from '../model/job';
import type { Machine } from '../model/machine';
import {
  KIND,
  type CustomProperty,
  type HostGroup,
  type Iso,
  type LibraryShare,
  type PsObject,
  type Template,
  type VmNetwork,
  type VmSubnet,
} from '../model/objects';
import type { Vmm } from '../model/vmm';
import { COMMON, parseSet, type BoundArguments, type ParameterSet } from './parameters';

/** What a cmdlet changes, by which faults are aimed. */
export type Change = 'create' | 'power' | 'resize' | 'delete' | 'snapshot' | 'label';

/** Classes of objects by the names under which parameters take them. */
interface Kinds {
  readonly Cloud: Cloud;
  readonly CustomProperty: CustomProperty;
  readonly Host: Host;
  readonly HostCluster: HostCluster;
  readonly HostGroup: HostGroup;
  readonly ISO: Iso;
  readonly LibraryShare: LibraryShare;
  readonly Task: Job;
  readonly Template: Template;
  readonly VirtualDiskDrive: VirtualDiskDrive;
  readonly VirtualDVDDrive: VirtualDvdDrive;
  readonly VirtualHardDiskConfiguration: DiskConfiguration;
  readonly VirtualNetworkAdapter: VirtualNetworkAdapter;
  readonly VirtualNetworkAdapterConfiguration: AdapterConfiguration;
  readonly VM: Machine;
  readonly VMCheckpoint: Checkpoint;
  readonly VMConfiguration: VmConfiguration;
  readonly VMNetwork: VmNetwork;
  readonly VMSubnet: VmSubnet;
}

/** The arguments of one call. Whoever asks for a kind asks for the kind that the parameter was bound as. */
export class Arguments {
  constructor(private readonly bound: BoundArguments) {}

  has(name: string): boolean {
    return this.bound.has(name);
  }

  text(name: string): string | undefined {
    const value = this.bound.get(name);
    return typeof value === 'string' ? value : undefined;
  }

  number(name: string): number | undefined {
    const value = this.bound.get(name);
    return typeof value === 'number' ? value : undefined;
  }

  boolean(name: string): boolean | undefined {
    const value = this.bound.get(name);
    return typeof value === 'boolean' ? value : undefined;
  }

  /** A switch that is there and not `:$false`. */
  isOn(name: string): boolean {
    return this.bound.get(name) === true;
  }

  object<K extends keyof Kinds>(name: string, kind: K): Kinds[K] | undefined {
    const value = this.bound.get(name) as (PsObject & Kinds[K]) | undefined;
    if (value !== undefined && value[KIND] !== kind) throw new Error(`${name} was not bound as ${kind}`);
    return value;
  }

  /** An object that the parameter set demands. */
  the<K extends keyof Kinds>(name: string, kind: K): Kinds[K] {
    const value = this.object(name, kind);
    if (value === undefined) throw new Error(`${name} is mandatory in every set of this cmdlet`);
    return value;
  }

  /** Raw values, for what is only kept. */
  get entries(): readonly (readonly [string, unknown])[] {
    return [...this.bound];
  }
}

/** What a cmdlet works with. */
export interface Call {
  readonly vmm: Vmm;
  readonly args: Arguments;
}

/** One row of the table: a cmdlet with its documented parameters and what it does. */
export interface Cmdlet {
  readonly name: string;
  readonly sets: readonly ParameterSet[];
  readonly change: Change | undefined;
  readonly needsConnection: boolean;
  readonly run: (call: Call) => readonly PsObject[] | Promise<readonly PsObject[]>;
}

export interface CmdletRow {
  /** Parameter sets in the notation of `parseSet`. */
  readonly sets: readonly string[];
  /** Parameters of every set. */
  readonly all?: string;
  readonly change?: Change;
  readonly needsConnection?: false;
  readonly run: Cmdlet['run'];
}

export const cmdlet = (name: string, { sets, all = '', change, needsConnection, run }: CmdletRow): Cmdlet => ({
  name,
  sets: sets.map((set) => parseSet(`${set} ${all} ${COMMON}`)),
  change,
  needsConnection: needsConnection ?? true,
  run,
});

/**
 * What a cmdlet that starts a job returns: at once when it was told to run asynchronously, else at the job's end.
 * @throws VmmError with which the job failed.
 */
export async function settled(args: Arguments, job: Job, result: PsObject): Promise<readonly PsObject[]> {
  if (args.isOn('RunAsynchronously') || args.isOn('ReturnImmediately')) return [result];
  await job.done;
  if (job.failure !== undefined) throw job.failure;
  if (job.Status === 'Canceled') throw new VmmError(2601, [job.ID]);
  return [result];
}

/** Filters by the documented Name and ID, as most Get cmdlets have them. @throws VmmError 801 for an ID that is not there. */
export function byNameAndId<T extends PsObject & { readonly Name: string; readonly ID: string }>(
  args: Arguments,
  objects: readonly T[],
): readonly T[] {
  const [name, id] = [args.text('Name')?.toLowerCase(), args.text('ID')];
  const found = objects.filter(
    (one) => (name === undefined || one.Name.toLowerCase() === name) && (id === undefined || one.ID === id),
  );
  if (id !== undefined && found.length === 0) throw new VmmError(801, ['', id]);
  return found;
}
