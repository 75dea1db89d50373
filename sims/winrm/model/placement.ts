import { VmmError } from './errors';
import type { Fabric } from './fabric';
import type { Host, Store } from './host';
import type { HostGroup } from './objects';

/** What a VM needs of a place. */
export interface Demand {
  readonly name: string;
  readonly memoryMb: number;
  /** Bytes that its disks take at first. */
  readonly bytes: number;
}

/** What was chosen by hand; the rest is placement's. */
export interface Wish {
  readonly groups?: readonly HostGroup[];
  readonly host?: Host;
  /** A path of a store, or a folder below it. */
  readonly location?: string;
}

export interface Place {
  readonly host: Host;
  readonly store: Store;
}

/** Hosts of a group and of those below it. */
export const hostsOf = (fabric: Fabric, { Path }: HostGroup): readonly Host[] =>
  fabric.hosts.filter(({ VMHostGroup }) => VMHostGroup.Path === Path || VMHostGroup.Path.startsWith(`${Path}\\`));

/**
 * Chooses the host with most free memory and its store with most free space.
 * @throws VmmError 10638 when no host fits, 10626 when only space is missing, 2912 when the one that was wished for does not answer.
 */
export function place(fabric: Fabric, demand: Demand, wish: Wish): Place {
  if (wish.host?.isResponding === false) throw new VmmError(2912, [wish.host.Name], 'Unknown error (0x80338126)');
  const candidates = wish.host === undefined ? hostsIn(fabric, wish.groups) : [wish.host];
  const fitting = candidates
    .filter((host) => host.AvailableForPlacement && host.isResponding && host.AvailableMemory >= demand.memoryMb)
    .sort((one, other) => other.AvailableMemory - one.AvailableMemory);
  for (const host of fitting) {
    const store = storeOf(host, demand, wish.location);
    if (store !== undefined) return { host, store };
  }
  throw refused(fitting, demand, wish.location);
}

function refused(fitting: readonly Host[], { name }: Demand, location: string | undefined): VmmError {
  const [host] = fitting;
  if (host === undefined) return new VmmError(10638, [name, 'not enough memory']);
  const isKnown = location === undefined || fitting.some((one) => storesAt(one, location).length > 0);
  if (isKnown) return new VmmError(10626, [location ?? host.Name, name]);
  return new VmmError(10638, [name, `no storage at ${location}`]);
}

function hostsIn(fabric: Fabric, groups: readonly HostGroup[] | undefined): readonly Host[] {
  if (groups === undefined) return fabric.hosts;
  return [...new Set(groups.flatMap((group) => hostsOf(fabric, group)))];
}

function storesAt(host: Host, location: string | undefined): Store[] {
  const stores = host.DiskVolumes.map(({ store }) => store);
  if (location === undefined || location === '') return stores;
  const wanted = `${location.toLowerCase().replace(/\\+$/, '')}\\`;
  return stores.filter(({ path }) => wanted.startsWith(`${path.toLowerCase()}\\`));
}

const storeOf = (host: Host, { bytes }: Demand, location: string | undefined): Store | undefined =>
  storesAt(host, location)
    .filter(({ free }) => free >= bytes)
    .sort((one, other) => other.free - one.free)[0];
