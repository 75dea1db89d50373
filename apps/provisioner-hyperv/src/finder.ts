import type { Ownership } from '@dcm/contracts';
import type { Access } from './access';
import { Refused } from './hyperv.errors';
import type { Machine } from './machine.mapper';
import { standingOf } from './mark.mapper';

/** VMs by whose they are. */
export interface Found {
  /** They bear the owner's mark. */
  readonly own: readonly Machine[];
  /** They have one of the ids that were given, and not the mark. */
  readonly foreign: readonly Machine[];
}

/**
 * Looks for an owner's VM by its mark among all VMs, and by native ids seen before.
 * @throws Refused MISSING_PRIVILEGE when the account would not see it
 */
export async function findEverywhere(
  access: Access,
  ownership: Ownership,
  nativeIds: readonly string[] = [],
): Promise<Found> {
  const all = await access.machinesOf(ownership, nativeIds);
  const isOwn = (machine: Machine): boolean => standingOf(machine, ownership) !== 'foreign';
  return { own: all.filter(isOwn), foreign: all.filter((machine) => !isOwn(machine)) };
}

/** The one VM of an owner; undefined when there is none. @throws Refused DUPLICATE_MARK when there are more. */
export function theOne({ own }: Pick<Found, 'own'>): Machine | undefined {
  const [first, second] = own;
  if (first !== undefined && second !== undefined) {
    throw new Refused('DUPLICATE_MARK', `two VMs bear the same ownership mark: ${first.id} and ${second.id}`);
  }
  return first;
}

/** The VM that the ref names. @throws Refused VM_NOT_FOUND, NOT_OURS. A VM that is still being built passes. */
export async function requireOurs(access: Access, nativeId: string, ownership: Ownership): Promise<Machine> {
  const machine = await access.machine(nativeId);
  if (machine === undefined) throw new Refused('VM_NOT_FOUND', `there is no VM ${nativeId}`);
  if (standingOf(machine, ownership) !== 'foreign') return machine;
  throw new Refused('NOT_OURS', `the VM ${nativeId} does not bear the ownership mark that is expected`);
}

/** As `requireOurs`, and the VM is whole. @throws Refused STILL_CREATING */
export async function requireWhole(access: Access, nativeId: string, ownership: Ownership): Promise<Machine> {
  const machine = await requireOurs(access, nativeId, ownership);
  if (machine.phase === 'ready' || machine.phase === 'changing' || machine.phase === 'lost') return machine;
  throw new Refused('STILL_CREATING', `the VM ${nativeId} is ${machine.status}`);
}
