import { platformNameOf, type Ownership } from '@dcm/contracts';
import { vmReference, type Access } from './access';
import type { ManagedObjectReference } from './client/managed.object';
import { readList, readReference, readString } from './client/reader';
import type { Machine } from './machine.mapper';
import { standingOf, type Standing } from './mark.mapper';
import { isOperationMissing, Refused } from './vsphere.errors';

/** VMs by whose they are. */
export type Found = Readonly<Record<Standing, readonly Machine[]>>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Names are short: more of them fit in an answer. */
const NAMES_PER_PAGE = 200;

/**
 * Looks for an owner's VM by its instanceUuid and by native ids seen before. Quick; it does not see a VM that is still
 * being built, nor one that vCenter gave another instanceUuid.
 */
export async function findQuickly(
  access: Access,
  ownership: Ownership,
  nativeIds: readonly string[] = [],
): Promise<Found> {
  const byUuid = await referencesByUuid(access, ownership.instance);
  const ids = new Set([...nativeIds, ...byUuid.map(({ value }) => value)]);
  return sort(await access.machines([...ids].map(vmReference)), ownership);
}

/**
 * Looks for an owner's VM; when it is not found quickly, by the end of its name among all VMs of the vCenter.
 * A copy that stands where the original was made counts only when there is no original.
 */
export async function findEverywhere(
  access: Access,
  ownership: Ownership,
  nativeIds: readonly string[] = [],
): Promise<Found> {
  const quick = await findQuickly(access, ownership, nativeIds);
  if (quick.original.length > 0) return { ...quick, renumbered: [] };
  const known = new Set(Object.values(quick).flatMap((some) => some.map(({ ref }) => ref.value)));
  const named = (await referencesByName(access, nameEnding(ownership))).filter(({ value }) => !known.has(value));
  const slow = sort(await access.machines(named), ownership);
  return {
    original: slow.original,
    renumbered: slow.original.length > 0 ? [] : [...quick.renumbered, ...slow.renumbered],
    building: [...quick.building, ...slow.building],
    foreign: quick.foreign,
  };
}

/** The one VM of an owner; undefined when there is none. @throws Refused DUPLICATE_MARK when there are more. */
export function theOne({ original, renumbered }: Found): Machine | undefined {
  const [first, second] = original.length > 0 ? original : renumbered;
  if (first !== undefined && second !== undefined) {
    const ids = [first, second].map(({ ref }) => ref.value).join(' and ');
    throw new Refused('DUPLICATE_MARK', `two VMs bear the same ownership mark: ${ids}`);
  }
  return first;
}

/** The VM that the ref names. @throws Refused VM_NOT_FOUND, NOT_OURS. A VM that is still being built passes. */
export async function requireOurs(access: Access, nativeId: string, ownership: Ownership): Promise<Machine> {
  const machine = await access.machine(vmReference(nativeId));
  if (machine === undefined) throw new Refused('VM_NOT_FOUND', `there is no VM ${nativeId}`);
  if (standingOf(machine, ownership) !== 'foreign') return machine;
  throw new Refused('NOT_OURS', `the VM ${nativeId} does not bear the ownership mark that is expected`);
}

/** FindAllByUuid with instance UUIDs; FindByUuid where the server has no such operation. */
async function referencesByUuid(access: Access, instance: string): Promise<ManagedObjectReference[]> {
  if (!UUID.test(instance)) return [];
  const { searchIndex } = await access.client.content(access.signal);
  const parameters = { uuid: instance, vmSearch: true, instanceUuid: true };
  const answer = await access.read('FindAllByUuid', searchIndex, parameters).catch((error: unknown) => {
    if (!isOperationMissing(error)) throw error;
    return access.read('FindByUuid', searchIndex, parameters);
  });
  return readList(answer).flatMap((one) => readReference(one) ?? []);
}

async function referencesByName(access: Access, ending: string): Promise<ManagedObjectReference[]> {
  const names = await access.propertiesOfAll(await access.allVms(), ['name'], NAMES_PER_PAGE);
  return names.filter(({ properties }) => readString(properties['name'])?.endsWith(ending)).map(({ ref }) => ref);
}

/** How every platform name of this instance ends. */
const nameEnding = ({ instance }: Ownership): string => platformNameOf('', instance);

function sort(machines: readonly Machine[], ownership: Ownership): Found {
  const of = (wanted: Standing): Machine[] => machines.filter((one) => standingOf(one, ownership) === wanted);
  return { original: of('original'), renumbered: of('renumbered'), building: of('building'), foreign: of('foreign') };
}
