import { failure } from '../api.error';
import type { Cluster } from '../cluster/cluster';
import type { Storage, Volume } from '../storage/storage';
import type { VolumeFormat } from '../storage/traits';
import { Interrupted, type Worker } from '../tasks/worker';

const STEPS = 10;
const GIB = 1024 ** 3;
/** What has been written of a linked clone when it is new. */
const LINK_BYTES = 1024 ** 2;

/** A volume to be copied, and where to. */
export interface VolumeCopy {
  readonly vmid: number;
  readonly drive: { readonly key: string };
  readonly source: Volume;
  readonly storage: Storage;
  readonly isLinked: boolean;
  readonly format: VolumeFormat | undefined;
  /** KiB per second; 0: no limit. */
  readonly bwlimit: number;
}

/** Real milliseconds: what a task of this kind takes, and longer with a limit of bandwidth. */
function durationMs(cluster: Cluster, { source, isLinked, bwlimit }: VolumeCopy): number {
  const usual = cluster.tasks.delayMs('qmclone');
  if (isLinked || bwlimit === 0) return usual;
  return Math.max(usual, cluster.clock.realMs((source.usedBytes / (bwlimit * 1024)) * 1000));
}

const shown = (bytes: number): string =>
  bytes >= GIB ? `${(bytes / GIB).toFixed(1)} GiB` : `${(bytes / 1024 ** 2).toFixed(1)} MiB`;

/** Where a volume of a folder lies, or its device. */
const fileOf = (storage: string, { name }: Volume): string =>
  storage === 'local' ? `/var/lib/vz/images/${name}` : `/mnt/pve/${storage}/images/${name}`;

/** The command that copies, as a log shows it. */
function convertCommand({ source, storage, bwlimit }: VolumeCopy, volume: Volume): string {
  const limit = bwlimit === 0 ? '' : `-r ${bwlimit}K `;
  const from = fileOf(source.id.slice(0, source.id.indexOf(':')), source);
  return `/usr/bin/qemu-img convert -p -n ${limit}-f ${source.format} -O ${volume.format} ${from} zeroinit:${fileOf(storage.id, volume)}`;
}

async function interruptible(work: Promise<void>, command: () => string): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    throw failure(`copy failed: command '${command()}' failed: interrupted by signal`);
  }
}

/**
 * Copies a volume, or puts a linked one on it.
 * @param onAllotted told before the copying begins: from then on there is something to clean up.
 * @throws Interrupted; ApiError 500 without space
 */
export async function copyVolume(
  cluster: Cluster,
  copy: VolumeCopy,
  worker: Worker,
  onAllotted: (volume: Volume) => void,
): Promise<Volume> {
  const { source, storage, isLinked, drive } = copy;
  worker.print(`create ${isLinked ? 'linked' : 'full'} clone of drive ${drive.key} (${source.id})`);
  const fileFormat = storage.traits.isFileBased ? (source.format as VolumeFormat) : 'raw';
  const volume = storage.allocate({
    vmid: copy.vmid,
    purpose: 'disk',
    bytes: source.bytes,
    usedBytes: isLinked ? LINK_BYTES : source.usedBytes,
    hasSystem: source.hasSystem,
    format: copy.format ?? fileFormat,
    ...(isLinked ? { base: source } : {}),
  });
  onAllotted(volume);
  const totalMs = durationMs(cluster, copy);
  if (isLinked) {
    await worker.work(totalMs);
    return volume;
  }
  for (let step = 1; step <= STEPS; step++) {
    await interruptible(worker.work(totalMs / STEPS), () => convertCommand(copy, volume));
    const done = (source.bytes * step) / STEPS;
    worker.print(`transferred ${shown(done)} of ${shown(source.bytes)} (${((step * 100) / STEPS).toFixed(2)}%)`);
  }
  return volume;
}
