import type { VmSpec } from '@dcm/contracts';
import { isPublicKey } from './ssh-key.policy';

/** The site's part of what guests are told. */
export interface GuestDefaults {
  readonly ciUser?: string | undefined;
  readonly searchDomain?: string | undefined;
}

/**
 * What cloud-init is told, as keys of the configuration. Keys that the request says nothing of stay as the image has
 * them. The host name is the VM's name; user data of its own would have to lie on the node as a file (`cicustom`),
 * where only its root can put it.
 * @param nics indices of the VM's cards, in the order of the request's networks
 */
export function cloudInitSettings(
  { guest, networks }: Pick<VmSpec, 'guest' | 'networks'>,
  nics: readonly number[],
  defaults: GuestDefaults,
): Map<string, string> {
  const keys = guest.sshKeys.filter(isPublicKey);
  const servers = [...new Set(networks.flatMap(({ address }) => address?.dns ?? []))];
  const settings: [string, string | undefined][] = [
    ['ciuser', defaults.ciUser],
    // It is percent-encoded within the value, on top of what the transport does.
    ['sshkeys', keys.length === 0 ? undefined : encodeURIComponent(keys.join('\n'))],
    ['nameserver', servers.length === 0 ? undefined : servers.join(' ')],
    ['searchdomain', defaults.searchDomain],
    ...networks.map(({ address }, index): [string, string | undefined] => [
      `ipconfig${nics[index] ?? index}`,
      address === undefined ? 'ip=dhcp' : addressOf(address.cidr, address.gateway),
    ]),
  ];
  return new Map(settings.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}

const addressOf = (cidr: string, gateway: string | undefined): string =>
  `ip=${cidr}${gateway === undefined ? '' : `,gw=${gateway}`}`;

/** Whether the request tells the guest anything. */
export const tellsGuest = ({ guest, networks }: Pick<VmSpec, 'guest' | 'networks'>): boolean =>
  guest.hostname !== null ||
  guest.sshKeys.length > 0 ||
  guest.userData !== null ||
  (guest.adminPassword ?? null) !== null ||
  networks.some(({ address }) => address !== undefined);
