/** The kinds of storage that this simulator knows. */
export type StorageType = 'dir' | 'nfs' | 'lvm' | 'lvmthin' | 'rbd' | 'zfspool';

export type VolumeFormat = 'raw' | 'qcow2' | 'vmdk';

interface StorageTraits {
  readonly formats: readonly VolumeFormat[];
  /** Volumes are files below a folder per VM. */
  readonly isFileBased: boolean;
  /** Space is taken when it is written, not when it is allotted. */
  readonly isThin: boolean;
  /** Raw volumes can be snapshot. Files of the format qcow2 always can. */
  readonly hasSnapshots: boolean;
  /** A linked clone's volume bears its base in its name. */
  readonly namesBase: boolean;
  readonly isShared: boolean;
}

const files: StorageTraits = {
  formats: ['raw', 'qcow2', 'vmdk'],
  isFileBased: true,
  isThin: true,
  hasSnapshots: false,
  namesBase: true,
  isShared: false,
};
const blocks: StorageTraits = { ...files, formats: ['raw'], isFileBased: false, hasSnapshots: true };

/** What each kind of storage can do. */
export const storageTraits: Readonly<Record<StorageType, StorageTraits>> = {
  dir: files,
  nfs: { ...files, isShared: true },
  lvm: { ...blocks, isThin: false, hasSnapshots: false },
  lvmthin: { ...blocks, namesBase: false },
  rbd: { ...blocks, isShared: true },
  zfspool: blocks,
};
