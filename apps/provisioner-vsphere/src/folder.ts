import type { Attempt } from './attempt';
import { readReference } from './client/reader';
import type { ManagedObjectReference } from './client/managed.object';
import { isDuplicateName, Refused } from './vsphere.errors';

/** Where a folder is looked for. */
export interface FolderWish {
  /** The datacenter's VM folder. */
  readonly root: ManagedObjectReference;
  /** Names joined by `/`. */
  readonly path: string;
  readonly mayCreate: boolean;
}

/** Finds a VM folder, and makes what is missing of it. @throws Refused PLACEMENT_NOT_FOUND when it may not be made */
export async function ensureFolder(
  attempt: Attempt,
  { root, path, mayCreate }: FolderWish,
): Promise<ManagedObjectReference> {
  let folder = root;
  for (const name of path.split('/')) {
    const child = await childOf(attempt, folder, name);
    if (child !== undefined && child.type !== 'Folder') {
      throw new Refused('PLACEMENT_NOT_FOUND', `${name} of the folder path ${path} is a ${child.type}`);
    }
    if (child === undefined && !mayCreate) throw new Refused('PLACEMENT_NOT_FOUND', `there is no VM folder ${path}`);
    folder = child ?? (await createFolder(attempt, folder, name));
  }
  return folder;
}

async function childOf(
  attempt: Attempt,
  entity: ManagedObjectReference,
  name: string,
): Promise<ManagedObjectReference | undefined> {
  const { searchIndex } = await attempt.client.content(attempt.signal);
  return readReference(await attempt.read('FindChild', searchIndex, { entity, name }));
}

/** An empty folder is no effect of the operation: it is there for every VM. */
async function createFolder(
  attempt: Attempt,
  parent: ManagedObjectReference,
  name: string,
): Promise<ManagedObjectReference> {
  const made = await attempt.prepare('CreateFolder', parent, { name }).catch(async (error: unknown) => {
    // Another worker was quicker.
    if (isDuplicateName(error)) return childOf(attempt, parent, name);
    throw error;
  });
  const folder = readReference(made);
  if (folder === undefined) throw new Refused('PLACEMENT_NOT_FOUND', `the VM folder ${name} cannot be found`);
  return folder;
}
