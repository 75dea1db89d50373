import type { NetworkRequest, VmSpec } from '@dcm/contracts';
import type { CustomizationKind } from './customization.schema';

const METADATA = 'guestinfo.metadata';
const USER_DATA = 'guestinfo.userdata';
const encodingOf = (key: string): string => `${key}.encoding`;

/** What the guest is told: who it is, and how its cards are set up. */
export interface GuestWish {
  readonly instanceId: string;
  readonly spec: Pick<VmSpec, 'name' | 'guest' | 'networks'>;
  /** Addresses of the cards, in the order of the networks. */
  readonly macs: readonly (string | undefined)[];
}

/** Whether the guest must be told which card is which: otherwise cloud-init's own default, DHCP, is right. */
export const needsMacs = ({ networks }: Pick<VmSpec, 'networks'>): boolean =>
  networks.length > 1 || networks.some(({ address }) => address !== undefined);

/**
 * The settings by which cloud-init learns its task; '' removes what the image may have left there.
 * @see https://cloudinit.readthedocs.io/en/latest/reference/datasources/vmware.html
 */
export function guestinfoOf({ instanceId, spec, macs }: GuestWish): Map<string, string> {
  const { hostname, sshKeys, userData } = spec.guest;
  const metadata = {
    'instance-id': instanceId,
    'local-hostname': hostname ?? spec.name,
    ...(sshKeys.length > 0 && { 'public-keys': sshKeys }),
    ...(needsMacs(spec) && { network: networkConfig(spec.networks, macs) }),
  };
  return new Map([...encoded(METADATA, JSON.stringify(metadata)), ...encoded(USER_DATA, userData ?? '')]);
}

/** The settings for one who is told in another way, or not at all: what the image may have left would fight with it. */
export function guestSettings(kind: CustomizationKind, wish: GuestWish): Map<string, string> {
  if (kind === 'cloud-init') return guestinfoOf(wish);
  if (kind === 'none') return new Map();
  return new Map([...encoded(METADATA, ''), ...encoded(USER_DATA, '')]);
}

function encoded(key: string, text: string): [string, string][] {
  return [
    [key, Buffer.from(text, 'utf8').toString('base64')],
    [encodingOf(key), text === '' ? '' : 'base64'],
  ];
}

/** Network configuration in version 2 of cloud-init's format. */
function networkConfig(networks: readonly NetworkRequest[], macs: readonly (string | undefined)[]): object {
  const cards = networks.map(({ address }, index) => {
    const match = { macaddress: macs[index] };
    if (address === undefined) return { match, dhcp4: true };
    const { cidr, gateway, dns = [] } = address;
    return {
      match,
      addresses: [cidr],
      ...(gateway !== undefined && { routes: [{ to: '0.0.0.0/0', via: gateway }] }),
      ...(dns.length > 0 && { nameservers: { addresses: dns } }),
    };
  });
  return { version: 2, ethernets: Object.fromEntries(cards.map((card, index) => [`nic${index}`, card])) };
}
