import { problem, theNamed, WHOLE, type Choice, type Defaults } from './choice.policy';
import { metadataPointer } from './metadata.schema';
import type { Compute, Datastore, Host, Places } from './places';

/** How a datastore is wanted. */
export interface DatastoreWish {
  /** Of the request. */
  readonly named: string | undefined;
  /** Native id of the one that was planned with. */
  readonly hint?: string | undefined;
  readonly needBytes: number;
  /** Where the size stands in the request. */
  readonly sizePointer: string;
}

/** The datastore for all files of a VM: of the request, else of the site, else the hinted, else the one with most space. */
export function chooseDatastore(
  places: Places,
  compute: Compute,
  wish: DatastoreWish,
  defaults: Defaults,
): Choice<Datastore> {
  const wanted = wish.named ?? defaults.datastore;
  const pointer = wish.named === undefined ? WHOLE : metadataPointer('datastore');
  const isFit = ({ isUsable, freeBytes, ref }: Datastore): boolean =>
    isUsable && (freeBytes ?? 0) >= wish.needBytes && hostFor(compute, ref.value) !== undefined;
  const visible = places.datastores.filter(({ ref }) => compute.datastores.has(ref.value));
  if (wanted !== undefined) {
    const what = `datastore on ${compute.name} named`;
    const choice = theNamed(visible, wanted, { what, pointer, reason: 'STORAGE_NOT_FOUND' });
    if ('problem' in choice || isFit(choice.found)) return choice;
    return choice.found.isUsable
      ? problem(pointer, `${wanted} has not ${spaceOf(wish)} or is mounted by no host in service`, 'STORAGE_FULL')
      : problem(pointer, `${wanted} cannot be used now`, 'STORAGE_NOT_FOUND');
  }
  const fit = visible.filter(isFit).sort((one, other) => (other.freeBytes ?? 0) - (one.freeBytes ?? 0));
  const best = fit.find(({ ref }) => ref.value === wish.hint) ?? fit[0];
  if (best !== undefined) return { found: best };
  return problem(wish.sizePointer, `no datastore of ${compute.name} has ${spaceOf(wish)}`, 'STORAGE_FULL');
}

const spaceOf = ({ needBytes }: DatastoreWish): string => `${Math.ceil(needBytes / 1024 ** 3)} GiB of free space`;

/** A host that can run a VM with files on this datastore: the one with most free memory. */
export function hostFor(compute: Compute, datastore: string): Host | undefined {
  const free = (host: Host): number => (host.memoryMib ?? 0) - (host.memoryUsedMib ?? 0);
  const [best] = compute.hosts
    .filter(({ isUsable, datastores }) => isUsable && datastores.has(datastore))
    .sort((one, other) => free(other) - free(one));
  return best;
}
