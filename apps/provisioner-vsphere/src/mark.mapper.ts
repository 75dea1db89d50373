import { decodeMark, encodeMark, isSameOwnership, type Mark, type Ownership } from '@dcm/contracts';
import type { ManagedObjectReference } from './client/managed.object';
import type { VimObject } from './client/vim.data';

/** The setting that bears the mark; its native identity is the VM's `instanceUuid`, which a copy does not have. */
export const MARK_KEY = 'dcm.mark';
/** Folder and name at creation. Names are unique in a folder, so no copy can stand there while the original does. */
export const BIRTHPLACE_KEY = 'dcm.birthplace';

/** What of a VM tells whose it is. */
export interface Marked {
  readonly name: string | undefined;
  readonly parent: ManagedObjectReference | undefined;
  readonly instanceUuid: string | undefined;
  readonly settings: ReadonlyMap<string, string>;
  readonly isBuilt: boolean;
}

/**
 * original: it bears the mark that was written for it. renumbered: vCenter gave it another instanceUuid when it was
 * made. building: vCenter shows no configuration yet. foreign: somebody else's, nobody's, or an administrator's copy.
 */
export type Standing = 'original' | 'renumbered' | 'building' | 'foreign';

/** The settings to write on a new VM, in the call that makes it. */
export function markSettings(ownership: Ownership, folder: ManagedObjectReference, name: string): Map<string, string> {
  return new Map([
    [MARK_KEY, encodeMark(ownership, ownership.instance)],
    [BIRTHPLACE_KEY, birthplace(folder, name)],
  ]);
}

/** The mark as it must be for a VM that has this instanceUuid. */
export const markFor = (ownership: Ownership, instanceUuid: string): string => encodeMark(ownership, instanceUuid);

/** Whose the VM is, for somebody who looks for this owner's. */
export function standingOf(vm: Marked, wanted: Ownership): Standing {
  if (!vm.isBuilt) return 'building';
  const mark = readMark(vm);
  if (mark === null || !isSameOwnership(mark.ownership, wanted)) return 'foreign';
  return originOf(vm, mark);
}

/** The owner whom the mark names; null for a VM without a mark, and for a copy. */
export function ownerOf(vm: Marked): Ownership | null {
  const mark = readMark(vm);
  return mark !== null && originOf(vm, mark) !== 'foreign' ? mark.ownership : null;
}

function readMark(vm: Marked): Mark | null {
  const text = vm.settings.get(MARK_KEY);
  return text === undefined ? null : decodeMark(text);
}

function originOf(vm: Marked, mark: Mark): 'original' | 'renumbered' | 'foreign' {
  if (mark.nativeIdentity === vm.instanceUuid?.toLowerCase()) return 'original';
  if (vm.name === undefined || vm.parent === undefined) return 'foreign';
  return vm.settings.get(BIRTHPLACE_KEY) === birthplace(vm.parent, vm.name) ? 'renumbered' : 'foreign';
}

const birthplace = (folder: ManagedObjectReference, name: string): string => `${folder.value}/${name}`;

/** Settings as vim25 takes them; an empty value removes a key. */
export const asExtraConfig = (settings: Iterable<readonly [string, string]>): VimObject[] =>
  [...settings].map(([key, value]) => ({ key, value }));
