import { failure } from '../api.error';
import { storageTraits, type StorageType, type VolumeFormat } from './traits';

const GIB = 1024 ** 3;

export interface StorageOptions {
  readonly id: string;
  readonly type: StorageType;
  /** Default: what the type is. */
  readonly shared?: boolean;
  readonly content: readonly string[];
  readonly totalGib: number;
  /** Nodes that have it; default: all. */
  readonly nodes?: readonly string[];
  readonly isEnabled?: boolean;
}

/** A disk image, or another file of a storage. */
export interface Volume {
  /** `storage:name`. */
  readonly id: string;
  /** Without the storage. */
  readonly name: string;
  /** 0: no VM's. */
  readonly vmid: number;
  readonly content: 'images' | 'iso' | 'import' | 'snippets';
  readonly format: VolumeFormat | 'iso' | 'snippet';
  bytes: number;
  /** What has been written of it. */
  usedBytes: number;
  /** A system is installed on it: a VM that starts from it boots. */
  readonly hasSystem: boolean;
  /** The volume that it stands on. */
  readonly base?: string;
  readonly createdAt: number;
}

export interface NewVolume {
  readonly vmid: number;
  /** Without number, e.g. `disk` or `cloudinit`. */
  readonly purpose: 'disk' | 'cloudinit' | 'state';
  readonly bytes: number;
  readonly format?: VolumeFormat;
  readonly usedBytes?: number;
  readonly hasSystem?: boolean;
  readonly base?: Volume;
  /** Used in the name of a state volume. */
  readonly label?: string;
}

const plainName = (volume: Volume): string => volume.name.split('/').at(-1) ?? '';

/** The volumes of a storage on one node, or of a shared one. */
export class Storage {
  readonly #volumes = new Map<string, Volume>();
  readonly totalBytes: number;
  /** A storage can vanish while its definition stays. */
  isActive = true;

  constructor(
    readonly options: StorageOptions,
    /** null: shared. */
    readonly node: string | null,
  ) {
    this.totalBytes = options.totalGib * GIB;
  }

  get id(): string {
    return this.options.id;
  }

  get traits(): (typeof storageTraits)[StorageType] {
    return storageTraits[this.options.type];
  }

  get isShared(): boolean {
    return this.node === null;
  }

  get usedBytes(): number {
    let used = 0;
    for (const volume of this.#volumes.values()) used += this.#weight(volume.bytes, volume.usedBytes);
    return used;
  }

  get availableBytes(): number {
    return Math.max(0, this.totalBytes - this.usedBytes);
  }

  volumes(): readonly Volume[] {
    return [...this.#volumes.values()];
  }

  find(name: string): Volume | undefined {
    return this.#volumes.get(name);
  }

  /** The volumes that stand on another. */
  clonesOf(volume: Volume): readonly Volume[] {
    return this.volumes().filter((one) => one.base === volume.id);
  }

  /** Puts a file there that is no VM's disk. */
  addFile(name: string, file: Pick<Volume, 'content' | 'format' | 'bytes' | 'hasSystem'>): Volume {
    return this.#keep({ id: `${this.id}:${name}`, name, vmid: 0, usedBytes: file.bytes, createdAt: now(), ...file });
  }

  /**
   * Allots a volume under the next free name.
   * @throws ApiError 500 when the format is not one of this storage's, or its space does not suffice.
   */
  allocate(wanted: NewVolume): Volume {
    const format = wanted.format ?? this.defaultFormat(wanted.purpose);
    if (!this.traits.formats.includes(format)) throw failure(`unsupported format '${format}'`);
    const usedBytes = wanted.usedBytes ?? 0;
    this.#assertSpace(this.#weight(wanted.bytes, usedBytes), wanted);
    const name = this.#nextName(wanted, format);
    return this.#keep({
      id: `${this.id}:${name}`,
      name,
      vmid: wanted.vmid,
      content: 'images',
      format,
      bytes: wanted.bytes,
      usedBytes,
      hasSystem: wanted.hasSystem ?? false,
      ...(wanted.base === undefined ? {} : { base: wanted.base.id }),
      createdAt: now(),
    });
  }

  /** @throws ApiError 500 when the space does not suffice. */
  grow(volume: Volume, bytes: number): void {
    this.#assertSpace(this.#weight(bytes, volume.usedBytes) - this.#weight(volume.bytes, volume.usedBytes), volume);
    volume.bytes = bytes;
  }

  remove(name: string): void {
    this.#volumes.delete(name);
  }

  /** Makes a volume the base of linked clones: its name changes. */
  convertToBase(volume: Volume): Volume {
    const name = volume.name.replace(/(^|\/)vm-(\d+)-/, '$1base-$2-');
    this.#volumes.delete(volume.name);
    return this.#keep({ ...volume, id: `${this.id}:${name}`, name });
  }

  /** Files of the format qcow2 have snapshots everywhere. */
  canSnapshot(volume: Volume): boolean {
    return this.traits.hasSnapshots || volume.format === 'qcow2';
  }

  defaultFormat(purpose: NewVolume['purpose']): VolumeFormat {
    return this.traits.isFileBased && purpose === 'cloudinit' ? 'qcow2' : 'raw';
  }

  #nextName(wanted: NewVolume, format: VolumeFormat): string {
    const { vmid, purpose, base, label } = wanted;
    const suffix = this.traits.isFileBased ? `.${format}` : '';
    const stem = purpose === 'state' ? `state-${label ?? 'suspend'}` : purpose;
    const folder = this.traits.isFileBased ? `${vmid}/` : '';
    const below = base !== undefined && this.traits.namesBase ? `${base.name}/` : '';
    const taken = new Set(this.volumes().map(plainName));
    if (purpose !== 'disk') return `${folder}vm-${vmid}-${stem}${suffix}`;
    for (let index = 0; ; index++) {
      const isTaken = ['raw', 'qcow2', 'vmdk', ''].some((one) =>
        [`vm-${vmid}-disk-${index}`, `base-${vmid}-disk-${index}`].some((name) =>
          taken.has(one === '' ? name : `${name}.${one}`),
        ),
      );
      if (!isTaken) return `${below}${folder}vm-${vmid}-disk-${index}${suffix}`;
    }
  }

  #weight(bytes: number, usedBytes: number): number {
    return this.traits.isThin ? usedBytes : bytes;
  }

  #assertSpace(bytes: number, volume: Pick<NewVolume, 'vmid'>): void {
    if (bytes <= this.availableBytes) return;
    if (this.options.type === 'lvm') {
      const extents = (size: number): number => Math.floor(size / (4 * 1024 ** 2));
      throw failure(
        `lvcreate '${this.id}/vm-${volume.vmid}-disk-0' error:   Volume group "${this.id}" has insufficient free space ` +
          `(${extents(this.availableBytes)} extents): ${extents(bytes)} required.`,
      );
    }
    throw failure(`unable to create image: No space left on device (storage '${this.id}')`);
  }

  #keep(volume: Volume): Volume {
    this.#volumes.set(volume.name, volume);
    return volume;
  }
}

const now = (): number => Math.floor(Date.now() / 1000);
