import { decodeMark, encodeMark, isSameOwnership, type Mark, type Ownership } from '@dcm/contracts';

/** The tag by which people find what DCM made. */
export const DCM_TAG = 'dcm';

/**
 * original: it bears the mark that was written for its VMID. building: Proxmox is making it and shows no mark yet.
 * foreign: somebody else's, nobody's, or an administrator's copy.
 */
export type Standing = 'original' | 'building' | 'foreign';

/** What of a VM tells whose it is. */
export interface Marked {
  readonly vmid: number;
  readonly description: string;
  readonly lock: string | undefined;
}

/**
 * The description of a new VM, written in the call that makes it. The mark names the VMID: a copy has another one, and
 * is a stranger.
 */
export const descriptionFor = (ownership: Ownership, vmid: number): string =>
  [
    `Made by DCM (${ownership.installation}): VM ${ownership.instance}, project ${ownership.project}.`,
    'Without the next line DCM never touches this VM again.',
    '',
    encodeMark(ownership, String(vmid)),
  ].join('\n');

/** The mark in a description: the first line that is one. People may write around it. */
export function markIn(description: string): Mark | null {
  for (const line of description.split('\n')) {
    const mark = decodeMark(line);
    if (mark !== null) return mark;
  }
  return null;
}

/** The owner whom the mark of a VM names; null without a mark, and for a copy. */
export function ownerOf({ vmid, description }: Pick<Marked, 'vmid' | 'description'>): Ownership | null {
  const mark = markIn(description);
  return mark?.nativeIdentity === String(vmid) ? mark.ownership : null;
}

/** Locks under which a VM's configuration is not whole yet, so that its mark may be missing. */
const MAKING = new Set(['clone', 'create']);

/** Whether a VM is being made and says nothing yet of whose it is. */
export const isUntold = ({ lock, description }: Marked): boolean =>
  lock !== undefined && MAKING.has(lock) && markIn(description) === null;

/** Whether Proxmox is still making a VM. */
export const isBuilt = ({ lock }: Pick<Marked, 'lock'>): boolean => lock === undefined || !MAKING.has(lock);

/** Whose the VM is, for somebody who looks for this owner's. */
export function standingOf(vm: Marked, wanted: Ownership): Standing {
  if (isUntold(vm)) return 'building';
  return isSameOwnership(ownerOf(vm), wanted) ? 'original' : 'foreign';
}

const TAG = /^dcm\.([a-z0-9-]+)\.([a-z0-9-]+)\.([a-z0-9-]+)\.([a-z0-9-]+)\.(\d+)$/;

/**
 * The mark as a tag, which is what a list of all VMs shows of it: an index, never a proof. Tags know neither colons nor
 * capital letters.
 */
export const tagFor = ({ installation, tenant, project, instance }: Ownership, vmid: number): string =>
  [DCM_TAG, installation, tenant, project, instance, vmid].join('.');

/** The owner whom a VM's tags name; null when they name none, or another VMID's. */
export function ownerInTags(tags: readonly string[], vmid: number): Ownership | null {
  for (const tag of tags) {
    const [, installation, tenant, project, instance, id] = TAG.exec(tag) ?? [];
    if (!installation || !tenant || !project || !instance || Number(id) !== vmid) continue;
    return { installation, tenant, project, instance };
  }
  return null;
}

/** Whether a tag is one of DCM's own. */
export const isOwnTag = (tag: string): boolean => tag === DCM_TAG || TAG.test(tag);

/** Tags as a configuration or a list shows them. */
export const readTags = (text: string | undefined): string[] =>
  (text ?? '')
    .split(/[;, ]+/)
    .filter((tag) => tag !== '')
    .map((tag) => tag.toLowerCase());
