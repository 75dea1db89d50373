import type { PlanDiagnostic, VmSpec } from '@dcm/contracts';
import { problem, theNamed, WHOLE, type Choice } from './choice.policy';
import type { SiteOptions } from './hyperv.config';
import { metadataPointer, type Metadata } from './metadata.schema';
import type { Entity, Host, Places, Template, Volume } from './places';

/** Where VMM is asked to make a VM. A volume is one of a host's: naming it names a host. */
export interface Place {
  readonly kind: 'cloud' | 'host-group' | 'host';
  readonly id: string;
  readonly name: string;
  /** Hosts on which it may come to stand; empty for a cloud, which hides them. */
  readonly hosts: readonly Host[];
  readonly volume?: Volume;
}

type Wish = Pick<Metadata, 'cloud' | 'hostGroup' | 'host' | 'csv'>;
type Defaults = Pick<SiteOptions, 'cloud' | 'hostGroup'>;

/** Decides where, by the request and else by the site. */
export function choosePlace(places: Places, wish: Wish, site: Defaults): Choice<Place> {
  const clash = clashIn(wish);
  if (clash !== undefined) return clash;
  const base = chooseBase(places, wish, site);
  if ('problem' in base || wish.csv === undefined) return base;
  return onVolume(places, base.found, wish.csv);
}

const PLACES = ['cloud', 'hostGroup', 'host'] as const;

function clashIn(wish: Wish): ReturnType<typeof problem> | undefined {
  const [first, second] = PLACES.filter((key) => wish[key] !== undefined);
  if (first !== undefined && second !== undefined) {
    return problem(metadataPointer(second), `must not be given beside ${first}`, 'INVALID_SPEC');
  }
  if (wish.cloud === undefined || wish.csv === undefined) return undefined;
  return problem(metadataPointer('csv'), 'must not be given beside cloud: a cloud chooses its storage', 'INVALID_SPEC');
}

function chooseBase(places: Places, wish: Wish, site: Defaults): Choice<Place> {
  if (wish.host !== undefined) return hostPlace(places, wish.host);
  const isOwnWish = wish.cloud !== undefined || wish.hostGroup !== undefined;
  const { cloud, hostGroup } = isOwnWish ? wish : site;
  if (cloud !== undefined && (isOwnWish || wish.csv === undefined)) return cloudPlace(places, cloud, isOwnWish);
  return groupPlace(places, hostGroup, isOwnWish);
}

function hostPlace({ hosts }: Places, wanted: string): Choice<Place> {
  const pointer = metadataPointer('host');
  const choice = theNamed(hosts, wanted, { what: 'host', pointer, reason: 'PLACEMENT_NOT_FOUND' });
  if ('problem' in choice) return choice;
  const { found: host } = choice;
  if (!host.isUsable) return problem(pointer, `the host ${host.name} is not available for placement`);
  return { found: { kind: 'host', id: host.id, name: host.name, hosts: [host] } };
}

function cloudPlace({ clouds }: Places, wanted: string, isOwnWish: boolean): Choice<Place> {
  const pointer = isOwnWish ? metadataPointer('cloud') : WHOLE;
  const choice = theNamed(clouds, wanted, { what: 'cloud', pointer, reason: 'PLACEMENT_NOT_FOUND' });
  if ('problem' in choice) return choice;
  const { id, name } = choice.found;
  return { found: { kind: 'cloud', id, name, hosts: [] } };
}

const ALL_HOSTS = 'All Hosts';

function groupPlace({ groups, hosts }: Places, wanted = ALL_HOSTS, isOwnWish = false): Choice<Place> {
  const pointer = isOwnWish ? metadataPointer('hostGroup') : WHOLE;
  const choice = theNamed(groups, wanted, { what: 'host group', pointer, reason: 'PLACEMENT_NOT_FOUND' });
  if ('problem' in choice) return choice;
  const { id, path } = choice.found;
  const inside = hosts.filter(({ group }) => group === path || group.startsWith(`${path}\\`));
  if (!inside.some(({ isUsable }) => isUsable))
    return problem(pointer, `no host of ${path} is available for placement`);
  return { found: { kind: 'host-group', id, name: path, hosts: inside } };
}

/** The host with most free memory of those that see the volume. */
function onVolume({ volumes }: Places, place: Place, wanted: string): Choice<Place> {
  const pointer = metadataPointer('csv');
  const sees = (volume: Volume, host: Host): boolean => volume.hosts.has(host.name.toLowerCase());
  const near = volumes.filter((volume) => place.hosts.some((host) => sees(volume, host)));
  const choice = theNamed(near, wanted, { what: 'volume', pointer, reason: 'STORAGE_NOT_FOUND' });
  if ('problem' in choice) return choice;
  const { found: volume } = choice;
  if (!volume.isUsable) {
    return problem(pointer, `the volume ${volume.name} is not available for placement`, 'STORAGE_NOT_FOUND');
  }
  const [host] = place.hosts
    .filter((one) => one.isUsable && sees(volume, one))
    .sort((one, other) => (other.freeMib ?? 0) - (one.freeMib ?? 0));
  if (host === undefined) return problem(pointer, `no host that sees ${volume.name} is available for placement`);
  return { found: { ...place, hosts: [host], volume } };
}

/** The VM network of this name. */
export const chooseNetwork = (
  { networks }: Pick<Places, 'networks'>,
  wanted: string,
  pointer: string,
): Choice<Entity> => theNamed(networks, wanted, { what: 'VM network', pointer, reason: 'NETWORK_NOT_FOUND' });

/** The template of this name or id. */
export const chooseTemplate = ({ templates }: Pick<Places, 'templates'>, wanted: string): Choice<Template> =>
  theNamed(templates, wanted, { what: 'template', pointer: '/image', reason: 'IMAGE_NOT_FOUND' });

/** Sizes that no host of the place can ever run, and a volume that is too small. */
export function sizeProblems(
  place: Place,
  spec: Pick<VmSpec, 'cpus' | 'memoryMib'>,
  needBytes: number,
): PlanDiagnostic[] {
  const { hosts, volume } = place;
  const usable = hosts.filter(({ isUsable }) => isUsable);
  const most = (of: (host: Host) => number | undefined): number | undefined => {
    const known = usable.map(of).filter((one) => one !== undefined);
    return known.length === 0 ? undefined : Math.max(...known);
  };
  const [cores, memoryMib] = [most((host) => host.cores), most((host) => host.memoryMib)];
  const free = volume?.freeBytes;
  const error = (pointer: string, message: string): PlanDiagnostic => ({ severity: 'error', pointer, message });
  return [
    ...(cores !== undefined && spec.cpus > cores
      ? [error('/cpus', `no host of ${place.name} has more than ${cores} logical processors`)]
      : []),
    ...(memoryMib !== undefined && spec.memoryMib > memoryMib
      ? [error('/memoryMib', `no host of ${place.name} has more than ${memoryMib} MiB of memory`)]
      : []),
    ...(free !== undefined && needBytes > free
      ? [error('/disks', `the volume ${volume?.name ?? ''} has too little free space`)]
      : []),
  ];
}
