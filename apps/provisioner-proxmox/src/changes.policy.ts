import { BUSES, type Bus, type Disk } from './device.mapper';
import type { Machine } from './machine.mapper';
import type { Wire } from './network.policy';
import { withProperty, writeProperties } from './property.mapper';
import { readString } from './reader.mapper';
import { bytesOfGib } from './size.mapper';
import { Refused } from './proxmox.errors';

/** How a VM shall be; what is absent stays as it is. */
export interface Target {
  readonly cpus?: number | undefined;
  readonly memoryMib?: number | undefined;
  /** By position; further disks stay. */
  readonly disks?: readonly { readonly sizeGib: number }[] | undefined;
  /** By position; further cards are removed. */
  readonly wires?: readonly Wire[] | undefined;
  /** Keys of the configuration as they shall be. */
  readonly settings?: ReadonlyMap<string, string> | undefined;
  /** For disks that are added. Default: where the system disk lies. */
  readonly storage?: DiskStorage | undefined;
}

/** A storage that new disks go to. */
export interface DiskStorage {
  readonly name: string;
  readonly type: string;
}

/** What leads from what is to what shall be: one change of the configuration, then disks that grow. */
export interface Changes {
  /** Parameters of POST config, without the digest that binds them; empty when nothing of it differs. */
  readonly config: Readonly<Record<string, string>>;
  readonly growths: readonly { readonly key: string; readonly sizeBytes: number }[];
}

/**
 * What differs; undefined when nothing does.
 * @throws Refused INVALID_SPEC for a disk that would shrink, INVALID_POWER_STATE for what a running VM does not take
 */
export function changesTo(machine: Machine, target: Target): Changes | undefined {
  const { added, growths } = diskChanges(machine, target);
  const size = sizeChanges(machine, target);
  const cards = nicChanges(machine, target);
  const settings = [...(target.settings ?? [])].filter(([key, value]) => !isSet(machine, key, value));
  const removed = [...size.removed, ...cards.removed];
  const config = {
    ...Object.fromEntries(settings),
    ...size.set,
    ...cards.set,
    ...added,
    ...(removed.length > 0 && { delete: removed.join(',') }),
  };
  return Object.keys(config).length === 0 && growths.length === 0 ? undefined : { config, growths };
}

function isSet({ config }: Machine, key: string, value: string): boolean {
  const now = readString(config[key]);
  return now?.trimEnd() === value.trimEnd();
}

interface KeyChanges {
  readonly set: Readonly<Record<string, string>>;
  readonly removed: readonly string[];
}

function sizeChanges(machine: Machine, target: Target): KeyChanges {
  const cpus = cpuChanges(machine, target);
  return { set: { ...cpus.set, ...memoryChanges(machine, target) }, removed: cpus.removed };
}

function cpuChanges(machine: Machine, { cpus }: Target): KeyChanges {
  const { cpus: has, maxCpus, sockets, hotplug, power, config } = machine;
  if (cpus === undefined || cpus === has) return { set: {}, removed: [] };
  if (power !== 'off') {
    requireHotPlug(machine, 'CPUs', hotplug.has('cpu') && has !== null && cpus > has && cpus <= maxCpus);
    return { set: { vcpus: String(cpus) }, removed: [] };
  }
  // The sockets of the image stay where the number allows it.
  const size = cpus % sockets === 0 ? { cores: String(cpus / sockets) } : { sockets: '1', cores: String(cpus) };
  return { set: size, removed: config['vcpus'] === undefined ? [] : ['vcpus'] };
}

/** Memory that a running VM always has, and the size of the first modules that are added, in MiB. */
const STATIC_MIB = 1024;
const MODULE_MIB = 512;

function memoryChanges(machine: Machine, { memoryMib }: Target): Record<string, string> {
  const { memoryMib: has, hotplug, hasNuma, power } = machine;
  if (memoryMib === undefined || memoryMib === has) return {};
  if (power !== 'off') {
    const fits = memoryMib > (has ?? 0) && (memoryMib - STATIC_MIB) % MODULE_MIB === 0 && (has ?? 0) >= STATIC_MIB;
    requireHotPlug(machine, 'memory', hotplug.has('memory') && hasNuma && fits);
  }
  return { memory: String(memoryMib) };
}

/** Proxmox would take the change and keep it until the next start, and say that it was done. */
function requireHotPlug({ power }: Machine, what: string, isPossible: boolean): void {
  if (power === 'on' && isPossible) return;
  throw new Refused('INVALID_POWER_STATE', `its ${what} can be changed like that only while it is powered off`);
}

function diskChanges(
  machine: Machine,
  { disks = [], storage }: Target,
): { added: Record<string, string>; growths: Changes['growths'] } {
  const { devices, power, hotplug } = machine;
  const free = freeKeys(machine, devices.disks[0]?.bus ?? 'scsi');
  const added: [string, string][] = [];
  const growths: { key: string; sizeBytes: number }[] = [];
  disks.forEach(({ sizeGib }, index) => {
    const disk = devices.disks[index];
    if (disk === undefined) {
      const key = free.next().value;
      if (key === undefined) throw new Refused('INVALID_SPEC', 'the VM can hold no more disks');
      if (power !== 'off') requireHotPlug(machine, 'number of disks', hotplug.has('disk'));
      added.push([key, newDisk(storage ?? storageOf(devices.disks), sizeGib)]);
    } else if (disk.sizeBytes > bytesOfGib(sizeGib)) {
      throw new Refused('INVALID_SPEC', `its disk ${index} cannot shrink to ${sizeGib} GiB`);
    } else if (disk.sizeBytes < bytesOfGib(sizeGib)) {
      growths.push({ key: disk.key, sizeBytes: bytesOfGib(sizeGib) });
    }
  });
  return { added: Object.fromEntries(added), growths };
}

/** Keys of the bus that no drive has, CD drives counted. */
function* freeKeys({ config }: Machine, bus: Bus): Generator<string, undefined> {
  for (let unit = 0; unit < BUSES[bus]; unit += 1) {
    const key = `${bus}${unit}`;
    if (config[key] === undefined) yield key;
  }
  return undefined;
}

function storageOf([first]: readonly Disk[]): DiskStorage {
  if (first === undefined) throw new Refused('STORAGE_NOT_FOUND', 'it has no disk beside which another could be made');
  return { name: first.storage, type: '' };
}

/** Storages that keep disks as files: there only this format has snapshots. */
const FILE_STORAGES = new Set(['dir', 'nfs', 'cifs', 'glusterfs', 'cephfs']);

/** The value of a new disk's key: Proxmox makes the volume. */
export const newDisk = ({ name, type }: DiskStorage, sizeGib: number): string =>
  `${name}:${sizeGib}${FILE_STORAGES.has(type) ? ',format=qcow2' : ''}`;

/** The value of a new card's key; Proxmox gives it its address. */
export const newNic = ({ bridge, vlan }: Wire): string =>
  `virtio,bridge=${bridge}${vlan === undefined ? '' : `,tag=${vlan}`}`;

function nicChanges({ devices: { nics } }: Machine, { wires }: Target): KeyChanges {
  if (wires === undefined) return { set: {}, removed: [] };
  let last = Math.max(-1, ...nics.map(({ index }) => index));
  const set = wires.flatMap((wire, position): [string, string][] => {
    const nic = nics[position];
    if (nic === undefined) return [[`net${(last += 1)}`, newNic(wire)]];
    if (nic.bridge === wire.bridge && nic.vlan === wire.vlan) return [];
    const bridged = withProperty(nic.properties, 'bridge', wire.bridge);
    const tag = wire.vlan === undefined ? undefined : String(wire.vlan);
    return [[`net${nic.index}`, writeProperties(withProperty(bridged, 'tag', tag))]];
  });
  return { set: Object.fromEntries(set), removed: nics.slice(wires.length).map(({ index }) => `net${index}`) };
}
