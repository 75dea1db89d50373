import { Cached } from '@dcm/connection';
import type { Access } from './access';
import type { ManagedObjectReference } from './client/managed.object';
import { readBoolean, readDate, readNumber, readReference, readString, type VimRecord } from './client/reader';
import { readDevices, type Devices } from './device.mapper';
import { readWish, type Wish } from './wish.policy';
import type { Image } from './places';
import type { Template } from './template';
import { isGoneObject } from './vsphere.errors';

/** Small, so that asking whether a template has changed costs little. */
const FACT_PATHS = [
  'config.template',
  'config.changeVersion',
  'config.modified',
  'config.instanceUuid',
  'config.firmware',
  'config.hardware.numCoresPerSocket',
  'snapshot.currentSnapshot',
  'runtime.host',
] as const;
const DEVICE_PATHS = ['config.hardware.device'] as const;

/** A site has few templates; each version that is remembered is some kilobytes. */
const MOST_REMEMBERED = 256;

/**
 * The site's templates, as they are now. Each reading asks vCenter for the version, together for all who ask at the same time; the
 * devices, by far the larger part, are read again only when the version is another.
 */
export class Templates {
  private readonly facts = new Map<string, Cached<VimRecord>>();
  private readonly devices = new Map<string, Promise<Devices>>();

  /** A template for this request; undefined when it is gone or no template any more. */
  async read(access: Access, image: Image, wish: Wish): Promise<Template | undefined> {
    try {
      const facts = await this.factsOf(access, image.ref);
      if (readBoolean(facts['config.template']) !== true) return undefined;
      const isLinked = readWish(wish).metadata.linkedClone === true;
      const snapshot = isLinked ? readReference(facts['snapshot.currentSnapshot']) : undefined;
      return {
        image,
        // A newer snapshot has other disks: it is another image.
        version: [versionOf(facts), snapshot?.value ?? ''].join(' ').trim(),
        coresPerSocket: readNumber(facts['config.hardware.numCoresPerSocket']) ?? 1,
        isEfi: readString(facts['config.firmware']) === 'efi',
        // As they were when the snapshot was taken: they are what a linked clone gets.
        devices: await this.devicesOf(access, snapshot ?? image.ref, facts),
        snapshot,
        host: readReference(facts['runtime.host']),
      };
    } catch (error) {
      if (isGoneObject(error, image.ref)) return undefined;
      throw error;
    }
  }

  /** Never what was read before the question: only those who ask while a reading is under way share it. */
  private factsOf(access: Access, ref: ManagedObjectReference): Promise<VimRecord> {
    const known = this.facts.get(ref.value) ?? new Cached<VimRecord>();
    remember(this.facts, ref.value, known);
    return known.get(-1, () => access.properties(ref, FACT_PATHS));
  }

  private devicesOf(access: Access, ref: ManagedObjectReference, facts: VimRecord): Promise<Devices> {
    const read = async (): Promise<Devices> =>
      readDevices((await access.properties(ref, DEVICE_PATHS))['config.hardware.device']);
    const version = changeVersionOf(facts);
    // Without a version nothing tells whether they have changed.
    if (version === undefined) return read();
    const key = `${ref.value} ${version}`;
    const known = this.devices.get(key);
    if (known !== undefined) return known.catch(read);
    const reading = read();
    remember(this.devices, key, reading);
    reading.catch(() => this.devices.delete(key));
    return reading;
  }
}

/** The last that was used stays longest. */
function remember<T>(memory: Map<string, T>, key: string, value: T): void {
  memory.delete(key);
  memory.set(key, value);
  const [oldest] = memory.keys();
  if (memory.size > MOST_REMEMBERED && oldest !== undefined) memory.delete(oldest);
}

function changeVersionOf(facts: VimRecord): string | undefined {
  const version = readString(facts['config.changeVersion']);
  return version === '' ? undefined : version;
}

/** Something that changes when the template does. */
function versionOf(facts: VimRecord): string {
  const modified = readDate(facts['config.modified'])?.toISOString() ?? '';
  return changeVersionOf(facts) ?? `${readString(facts['config.instanceUuid']) ?? ''} ${modified}`.trim();
}
